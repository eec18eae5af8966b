import { fstatSync } from "node:fs";
import { createInterface } from "node:readline";

export interface AnsweredInput extends Disposable {
  /** Resolves when it has ended. */
  readonly ended: Promise<string>;
}

/**
 * Answers each line of standard input with a line of JSON, one after the other.
 *
 * Where it is neither a pipe nor a terminal nobody is there: a shell gives `/dev/null` to what it
 * starts in the background. Then it never ends.
 */
export function answerInput(answer: (line: string) => Promise<object>, print: (line: string) => void): AnsweredInput {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  if (!isSomebodyThere()) return { ended, [Symbol.dispose]() {} };
  const lines = createInterface({ input: process.stdin });
  let answered = Promise.resolve();
  lines.on("line", (line) => {
    answered = answered
      .then(() => answer(line.trim()))
      .catch((error: unknown) => ({ error: String(error) }))
      .then((said) => print(JSON.stringify(said)));
  });
  lines.on("close", () => resolve("end of standard input"));
  return {
    ended,
    [Symbol.dispose]() {
      lines.close();
      process.stdin.destroy();
    },
  };
}

function isSomebodyThere(): boolean {
  if (process.stdin.isTTY) return true;
  const input = fstatSync(0);
  return input.isFIFO() || input.isSocket();
}
