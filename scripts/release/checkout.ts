import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A commit's files in a folder of their own, with their packages; gone at the end. */
export interface Checkout extends AsyncDisposable {
  readonly path: string;
}

/**
 * Takes nothing of the working directory along: neither what is not committed, nor packages that were changed.
 *
 * @param repository the folder of a repository.
 * @param forAll whether the native packages of all machines are needed, not only those of this one.
 * @throws with what the program said that failed.
 */
export async function checkOut(repository: string, commit: string, forAll: boolean): Promise<Checkout> {
  const path = await mkdtemp(join(tmpdir(), "footfall-release-"));
  const dispose = () => rm(path, { recursive: true, force: true });
  try {
    const archive = join(path, "commit.tar");
    await run(["git", "archive", "--output", archive, commit], repository);
    await run(["tar", "--extract", "--file", archive], path);
    await rm(archive);
    const machines = forAll ? ["--os", "*", "--cpu", "*"] : [];
    await run([process.execPath, "install", "--frozen-lockfile", "--production", ...machines], path);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: dispose };
}

/** Runs a program to its end; gives what it printed. */
export async function run(command: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...command], { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed: ${stderr.trim() || stdout.trim()}`);
  return stdout.trim();
}
