import type { Build } from "../../src/version.ts";

/** What git says about the working directory; that nothing is known outside of a repository, or without git. */
export function readRevision(folder = ".", now = new Date()): Build {
  const commit = git(folder, ["describe", "--always", "--dirty", "--abbrev=7", "--exclude", "*"]);
  const date = git(folder, ["show", "--no-patch", "--format=%cs", "HEAD"]);
  if (commit === null || date === null) return { commit: "unknown", date: now.toISOString().slice(0, 10) };
  return { commit, date };
}

function git(folder: string, args: readonly string[]): string | null {
  if (Bun.which("git") === null) return null;
  const { success, stdout } = Bun.spawnSync(["git", ...args], { cwd: folder, stderr: "ignore" });
  return success ? stdout.toString().trim() : null;
}
