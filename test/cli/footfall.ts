import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ended, runToEnd } from "../support/run-to-end.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");

/** Starting a process takes a while on a busy machine. */
export const SLOW_MS = 60_000;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

/** A folder of its own to run commands in; the database is at its default place below. Gone at the end. */
export interface Place extends AsyncDisposable {
  readonly path: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs a command with `--json`, and throws unless it succeeds. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>;
  /** What {@link run} and {@link start} spawn, for tests that do it in their own way. */
  command(args: readonly string[]): string[];
  environment(env?: Readonly<Record<string, string>>): Record<string, string>;
  start(args: readonly string[], options?: { env?: Readonly<Record<string, string>> }): Running;
}

/** A command that goes on; killed at the end. */
export interface Running extends AsyncDisposable {
  readonly process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly stdout: Heard;
  readonly stderr: Heard;
}

/** What a process has said so far. */
export interface Heard {
  /** Resolves with the match as soon as there is one. Throws when the output ends before. */
  match(pattern: RegExp): Promise<RegExpExecArray>;
  /** Everything, when the output has ended. */
  all(): Promise<string>;
}

export function createPlace(): Place {
  const path = mkdtempSync(join(tmpdir(), "footfall-test-"));
  const environment = (env: Readonly<Record<string, string>> = {}) => ({
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    ...env,
  });
  const command = (args: readonly string[]) => [process.execPath, MAIN, ...args];

  const run = (args: readonly string[], { env, stdin = "" }: RunOptions = {}): Promise<Ended> =>
    runToEnd(command(args), { cwd: path, env: environment(env), stdin });

  return {
    path,
    run,
    command,
    environment,
    async json<T>(args: readonly string[], options?: RunOptions) {
      const { exitCode, stdout, stderr } = await run([...args, "--json"], options);
      if (exitCode !== 0) throw new Error(`footfall ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    start(args, { env } = {}) {
      const child = Bun.spawn(command(args), {
        cwd: path,
        env: environment(env),
        stdin: "pipe",
        stdout: "pipe",
        stderr: "pipe",
      });
      return {
        process: child,
        stdout: listen(child.stdout),
        stderr: listen(child.stderr),
        async [Symbol.asyncDispose]() {
          child.kill("SIGKILL");
          await child.exited;
        },
      };
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Reads what a process says. */
export function listen(output: ReadableStream<Uint8Array>): Heard {
  let text = "";
  let wake = Promise.withResolvers<void>();
  let hasEnded = false;
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of output) {
      text += decoder.decode(chunk, { stream: true });
      wake.resolve();
      wake = Promise.withResolvers();
    }
    hasEnded = true;
    wake.resolve();
  })();
  return {
    async match(pattern) {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found;
        if (hasEnded) throw new Error(`The output ended without ${pattern}: ${text}`);
        await wake.promise;
      }
    },
    async all() {
      await reading;
      return text;
    },
  };
}

/** The address in the first line of a server's output. */
export async function urlOf(server: Running): Promise<string> {
  try {
    return (await server.stdout.match(/listening on (http:\S+)\n/))[1] ?? "";
  } catch (error) {
    throw new Error(`The server did not start: ${await server.stderr.all()}`, { cause: error });
  }
}

/** What a failed command says: one line. */
export function onlyLineOf({ stderr }: Ended): string {
  if (!/^[^\n]+\n$/.test(stderr)) throw new Error(`Not one line: ${stderr}`);
  return stderr.trimEnd();
}
