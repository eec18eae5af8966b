import type { Logger } from "../lib/log.ts";
import { EXIT_DONE, EXIT_FAILED } from "./exit-codes.ts";
import type { Signals } from "./signals.ts";

/** How long a stop may take, in ms, until the process ends without waiting. */
const STOP_WITHIN_MS = 10_000;

/** The part of an app that matters to its end. */
export interface Stoppable {
  /** Resolves when it can do its work no more. */
  readonly failure: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Waits for a signal or a failure, stops the app, and gives the exit code.
 *
 * @param exitNow ends the process at once; called when the stop takes too long.
 */
export async function runUntilStopped(
  app: Stoppable,
  deps: { signals: Signals; log: Logger; exitNow: (code: number) => void },
): Promise<number> {
  const { signals, log, exitNow } = deps;
  const failed = app.failure.then((cause) => ({ cause }));
  const end = await Promise.race([signals.first, failed]);
  const isFailure = typeof end !== "string";
  if (isFailure) log.fatal({ err: end.cause }, "the writer has died: nothing can be stored any more");
  else log.info({ signal: end }, "stopping");

  const timer = setTimeout(() => {
    log.error({ ms: STOP_WITHIN_MS }, "the stop takes too long; ending without it");
    exitNow(EXIT_FAILED);
  }, STOP_WITHIN_MS);
  try {
    await app.stop();
  } finally {
    clearTimeout(timer);
  }
  return isFailure ? EXIT_FAILED : EXIT_DONE;
}
