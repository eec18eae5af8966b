/** The exit code after a second signal: the same as of a program that a signal has ended. */
export const EXIT_INTERRUPTED = 130;

/**
 * A terminal's Ctrl-C reaches a process twice when a runner (`bun run`, npm) passes it on: what
 * comes this soon after the first signal is no second wish.
 */
const ECHO_MS = 500;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The wish of the operating system, or of a person at a terminal, that the process ends. */
export interface Signals extends Disposable {
  /** Resolves with the name of the first one. */
  readonly first: Promise<string>;
}

/**
 * Takes the signals over from now until it is disposed of.
 *
 * @param exitNow ends the process at once; called when a second signal comes.
 */
export function listenForSignals(exitNow: (code: number) => void): Signals {
  const { promise, resolve } = Promise.withResolvers<string>();
  let firstAt: number | null = null;

  const onSignal = (signal: string) => {
    const now = performance.now();
    if (firstAt !== null && now - firstAt > ECHO_MS) return exitNow(EXIT_INTERRUPTED);
    firstAt ??= now;
    resolve(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    first: promise,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
