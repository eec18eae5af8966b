import { resolve } from "node:path";

const CHILD = resolve(import.meta.dir, "../store/child.ts");

/** Another process that works on a database; killed at the end. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when it has said `line`. Throws when it ends before that, with what it said on standard error. */
  said(line: string): Promise<void>;
  /** How many lines it has said so far. */
  count(): number;
  /** Every whole line that it has said until its end. */
  lines(): Promise<readonly string[]>;
  write(text: string): void;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number>;
}

/** Starts `test/store/child.ts`. */
export function startChild(...args: readonly string[]): Child {
  const child = Bun.spawn([process.execPath, CHILD, ...args], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  const errors = new Response(child.stderr).text();
  let text = "";
  let waiting: (() => void)[] = [];
  const wake = () => {
    for (const each of waiting) each();
    waiting = [];
  };
  let ended = false;
  const read = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      wake();
    }
    ended = true;
    wake();
  })();
  return {
    pid: child.pid,
    exited: child.exited,
    async said(line) {
      while (!text.includes(`${line}\n`)) {
        if (ended) throw new Error(`The child process ended before it said "${line}": ${await errors}`);
        await new Promise<void>((wakeUp) => waiting.push(wakeUp));
      }
    },
    count: () => text.split("\n").length - 1,
    async lines() {
      await read;
      return text.split("\n").slice(0, -1);
    },
    write(said) {
      child.stdin.write(said);
      child.stdin.flush();
    },
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
