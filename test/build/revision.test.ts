import { expect, test } from "bun:test";
import { join } from "node:path";
import { readRevision } from "../../scripts/binary/revision.ts";
import { run, temporaryFolder } from "../house/repository.ts";

const COMMITTER = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];

test("a build is told by its commit and that commit's day, and says whether files had been changed since", async () => {
  await using folder = await temporaryFolder();
  const git = async (...args: readonly string[]) => {
    const env = { GIT_COMMITTER_DATE: "2026-01-31T12:00:00Z" };
    const { exitCode, stdout, stderr } = await run(["git", ...COMMITTER, ...args], { cwd: folder.path, env });
    expect(exitCode, stderr).toBe(0);
    return stdout.trim();
  };
  await git("init", "--quiet");
  await Bun.write(join(folder.path, "a"), "1");
  await git("add", "a");
  await git("commit", "--quiet", "--message", "One");
  const commit = await git("rev-parse", "--short=7", "HEAD");
  expect(readRevision(folder.path)).toEqual({ commit, date: "2026-01-31" });
  await Bun.write(join(folder.path, "a"), "2");
  expect(readRevision(folder.path)).toEqual({ commit: `${commit}-dirty`, date: "2026-01-31" });
});

test("outside of a repository it is told by the day of the build", async () => {
  await using folder = await temporaryFolder();
  const now = new Date("2026-02-01T23:00:00Z");
  expect(readRevision(folder.path, now)).toEqual({ commit: "unknown", date: "2026-02-01" });
});
