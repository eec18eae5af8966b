import { existsSync, statSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runToEnd } from "../support/run-to-end.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** Every file of the repository as it stands: tracked, or new and not ignored. Relative to the root. */
export function listFiles(): readonly string[] {
  const { stdout, exitCode, stderr } = Bun.spawnSync(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    { cwd: ROOT },
  );
  if (exitCode !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  const paths = stdout.toString().split("\0");
  return paths.filter((path) => path !== "" && existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isFile());
}

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "footfall-build-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Copies files of the repository, keeping their paths. */
export async function copyFiles(paths: readonly string[], to: string): Promise<void> {
  for (const path of paths) await cp(join(ROOT, path), join(to, path));
}

/** Runs a program to its end. Nothing of the test run's own environment but PATH and HOME is passed on. */
export function run(command: readonly string[], options: { cwd: string; env?: Record<string, string> }) {
  const { PATH = "", HOME = "" } = process.env;
  const bunFolder = dirname(process.execPath);
  return runToEnd(command, { cwd: options.cwd, env: { PATH: `${bunFolder}:${PATH}`, HOME, ...options.env } });
}
