import { dirname } from "node:path";
import { serverCommand, serverEnvironment } from "./server.ts";

export interface CommandEnd {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Runs it under another program, such as a tracer. */
  readonly under?: readonly string[];
  /** Kills it after some ms, wherever it is then. */
  readonly killAfterMs?: number;
}

/** Runs a command of the program under test on a database. */
export async function runCommand(
  database: string,
  args: readonly string[],
  { under = [], killAfterMs }: CommandOptions = {},
): Promise<CommandEnd> {
  const child = Bun.spawn([...under, ...serverCommand().slice(0, -1), ...args], {
    cwd: dirname(database),
    env: serverEnvironment(database),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const killer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  clearTimeout(killer);
  return { exitCode: child.signalCode === null ? child.exitCode : null, stdout, stderr };
}

/** The same, and throws unless it ends well. */
export async function succeed(database: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(database, args);
  if (exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout;
}
