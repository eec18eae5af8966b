import type { CopyHooks } from "../store/copy-database.ts";
import type { Output } from "./output.ts";
import { formatShare } from "./progress.ts";
import { EXIT_INTERRUPTED, listenForSignals } from "./signals.ts";

const WORDS = { copying: "copying", checking: "looking it through" } as const;

/**
 * Shows on a terminal how a copy gets on. A signal ends the process at once: a copy cannot be stopped
 * half-way, and what is not finished yet is removed.
 */
export function createCopyHooks(deps: { output: Output; exitNow: (code: number) => void }): CopyHooks & Disposable {
  const { output, exitNow } = deps;
  const signals = listenForSignals(exitNow);
  let unfinished: Disposable | null = null;
  void signals.first.then(() => {
    unfinished?.[Symbol.dispose]();
    output.status("");
    exitNow(EXIT_INTERRUPTED);
  });
  return {
    onBegin(begun) {
      unfinished = begun;
    },
    onProgress(what, part) {
      output.status(part === null ? WORDS[what] : `${WORDS[what]}: ${formatShare(part)}`);
    },
    [Symbol.dispose]() {
      output.status("");
      signals[Symbol.dispose]();
    },
  };
}
