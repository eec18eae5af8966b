import { fileURLToPath } from "node:url";
import { readForeignEnvironment } from "../config/env.ts";
import type { Environment } from "../config/settings.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

/** How long a start and a stop may take, in ms. */
const READY_WITHIN_MS = 10_000;
const STOP_WITHIN_MS = 5_000;

/** A test server in a process of its own, and the line to it. */
export interface ServerProcess {
  /** Sends a line, and gives the JSON of the line that comes back. */
  ask(line: string): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts a test server and gives the line that it prints.
 *
 * A process, because tests stand still: `expect(…).resolves` and `spawnSync` hold up the event loop,
 * fake timers the clock, and a server that shared them would not answer.
 *
 * @throws with what it said where it does not start.
 */
export async function startProcess(settings: Environment): Promise<{ facts: unknown; process: ServerProcess }> {
  const child = Bun.spawn([process.execPath, MAIN, JSON.stringify(settings)], {
    // Not that of the tests, whose `.env` and `bunfig.toml` are not meant for the server.
    cwd: import.meta.dir,
    env: readForeignEnvironment(),
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  // It ends with this process: its standard input is closed then.
  child.unref();
  const lines = readLines(child.stdout);
  const errors = collect(child.stderr);
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_WITHIN_MS);

  async function nextLine(): Promise<unknown> {
    const { done, value } = await lines.next();
    if (done) throw new Error(["The test server has ended", await errors.text()].filter(Boolean).join(": "));
    return JSON.parse(value);
  }

  const facts = await nextLine().finally(() => clearTimeout(timer));
  errors.passOn();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    facts,
    process: {
      ask(line) {
        turn = turn.then(() => {
          child.stdin.write(`${line}\n`);
          return nextLine();
        });
        return turn;
      },
      async stop() {
        await child.stdin.end();
        const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
        await child.exited;
        clearTimeout(late);
      },
    },
  };
}

async function* readLines(output: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of output) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

/** Standard error: kept for the error of a start that fails, later passed on. */
function collect(output: ReadableStream<Uint8Array>) {
  const decoder = new TextDecoder();
  let said = "";
  let isPassedOn = false;
  const read = (async () => {
    for await (const chunk of output) {
      if (isPassedOn) process.stderr.write(chunk);
      else said += decoder.decode(chunk, { stream: true });
    }
  })();
  return {
    async text() {
      await read;
      return said.trim();
    },
    passOn() {
      isPassedOn = true;
      process.stderr.write(said);
    },
  };
}
