import { describe, expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json" with { type: "json" };
import { hostTarget } from "../../scripts/binary/targets.ts";
import { type Candidate, whyNoRelease } from "../../scripts/release/refusal.ts";
import { ROOT, run, temporaryFolder } from "../house/repository.ts";

const RELEASE_TIMEOUT_MS = 240_000;

const release = (...args: readonly string[]) => run(["bun", "scripts/release.ts", ...args], { cwd: ROOT });

describe("a release", () => {
  test(
    "made twice of the same commit has the same sums; its binary tells the commit, and nothing of this machine",
    async () => {
      await using folder = await temporaryFolder();
      const name = `footfall-${hostTarget()}`;
      const sums: string[] = [];
      for (const output of [join(folder.path, "one"), join(folder.path, "two")]) {
        const made = await release("--snapshot", "--target", hostTarget(), "--output", output);
        expect(made).toMatchObject({ exitCode: 0, stderr: "" });
        const checked = await run(["sha256sum", "--strict", "--check", "SHA256SUMS"], { cwd: output });
        expect(checked.stdout).toBe(`LICENSE: OK\nTHIRD_PARTY_LICENSES: OK\n${name}: OK\n`);
        sums.push(await Bun.file(join(output, "SHA256SUMS")).text());
      }
      expect(sums[1]).toBe(sums[0] ?? "");

      const commit = (await run(["git", "rev-parse", "--short=7", "HEAD"], { cwd: ROOT })).stdout.trim();
      const told = await run([join(folder.path, "one", name), "version"], { cwd: folder.path });
      expect(told.stdout).toStartWith(`footfall ${version} (${commit}, `);
      const bytes = Buffer.from(await Bun.file(join(folder.path, "one", name)).arrayBuffer());
      expect(bytes.includes(`${tmpdir()}/footfall-release`)).toBeFalse();
    },
    RELEASE_TIMEOUT_MS,
  );

  test("of an unknown target is wrong usage: exit code 2, and a message that names the targets", async () => {
    const { exitCode, stderr } = await release("--target", "amiga");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`"amiga" is no target (linux-x64, linux-arm64, darwin-arm64)`);
  });
});

describe("a commit is no release", () => {
  const ready: Candidate = {
    version: "1.2.3",
    changelog: "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n",
    tags: ["latest", "v1.2.3"],
    bun: { wanted: "1.4.5", running: "1.4.5" },
  };

  test("unless it has its tag and its section in the CHANGELOG, and the right Bun runs", () => {
    expect(whyNoRelease(ready)).toBeNull();
  });

  test.each([
    [{ tags: ["v1.2.4"] }, "git tag --annotate v1.2.3"],
    [{ changelog: "## [Unreleased]\n" }, '"## [1.2.3] - YYYY-MM-DD"'],
    [{ changelog: "## [1.2.30] - 2026-01-31\n" }, '"## [1.2.3] - YYYY-MM-DD"'],
    [{ bun: { wanted: "1.4.5", running: "1.4.6" } }, "use 1.4.5"],
  ] satisfies [Partial<Candidate>, string][])("with %j, and what to do is said", (change, advice) => {
    expect(whyNoRelease({ ...ready, ...change })).toContain(advice);
  });
});
