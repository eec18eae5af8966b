import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { ROOT, run, temporaryFolder } from "../house/repository.ts";

const tryRealLog = (...args: readonly string[]) => run(["bun", "scripts/try-real-log.ts", ...args], { cwd: ROOT });

/** A line of the combined format for each minute of an hour. */
const LINES = Array.from({ length: 60 }, (_, minute) => {
  const time = `17/May/2015:10:${String(minute).padStart(2, "0")}:00 +0000`;
  return `198.51.100.7 - - [${time}] "GET /page-${minute} HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"`;
});

beforeAll(async () => {
  expect(await run(["bun", "scripts/build.ts"], { cwd: ROOT })).toMatchObject({ exitCode: 0 });
}, 120_000);

test("a log is imported, listed and imported again, and the numbers agree", async () => {
  await using folder = await temporaryFolder();
  const log = join(folder.path, "access.log");
  await Bun.write(log, `${LINES.join("\n")}\n`);
  const { exitCode, stdout, stderr } = await tryRealLog(log);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain("import: 60 lines: 60 stored and listed");
  expect(stdout).toContain("import --all: 60 lines: 60 stored and listed");
}, 60_000);

test("a log of which nothing can be stored is a failure", async () => {
  await using folder = await temporaryFolder();
  const log = join(folder.path, "access.log");
  await Bun.write(log, "no request\n");
  expect(await tryRealLog(log)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("import: ") });
}, 60_000);

test("without a file it is wrong usage", async () => {
  expect(await tryRealLog()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Usage: ") });
});
