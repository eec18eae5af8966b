import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { hostTarget, isTarget, nativeLibsql, TARGET_NAMES } from "../../scripts/binary/targets.ts";
import { ROOT, run, temporaryFolder } from "../house/repository.ts";

test("this machine is a target whose native package is installed", () => {
  expect(isTarget(hostTarget())).toBeTrue();
  expect(nativeLibsql(hostTarget(), ROOT)).toEndWith("/index.node");
});

test("every target has a native package of the version of libsql that the lock file names", async () => {
  const lock = await Bun.file(join(ROOT, "bun.lock")).text();
  const { version } = await Bun.file(join(ROOT, "node_modules/libsql/package.json")).json();
  for (const target of TARGET_NAMES) {
    await using root = await temporaryFolder();
    const missing = messageOf(() => nativeLibsql(target, root.path));
    const [, name] = /^The package (\S+),/.exec(missing) ?? [];
    expect(lock).toContain(`"${name}@${version}"`);
  }
});

test("a target whose native package is not installed is refused, with the package and how to get it", async () => {
  await using root = await temporaryFolder();
  const message = messageOf(() => nativeLibsql("linux-arm64", root.path));
  expect(message).toStartWith("The package @libsql/linux-arm64-gnu, which linux-arm64 needs, is not installed.");
  expect(message).toContain("bun install --frozen-lockfile --os linux --cpu arm64");
  await mkdir(join(root.path, "node_modules/@libsql/linux-arm64-gnu"), { recursive: true });
  await Bun.write(join(root.path, "node_modules/@libsql/linux-arm64-gnu/index.node"), "");
  expect(nativeLibsql("linux-arm64", root.path)).toBe("@libsql/linux-arm64-gnu/index.node");
});

test("an unknown target is wrong usage: exit code 2, and a message that names the targets", async () => {
  const { exitCode, stderr } = await run(["bun", "scripts/build.ts", "--target", "amiga"], { cwd: ROOT });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`"amiga" is no target (linux-x64, linux-arm64, darwin-arm64)`);
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("Nothing was thrown");
}
