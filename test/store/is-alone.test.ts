import { expect, test } from "bun:test";
import { join } from "node:path";
import { isServed, lockDatabase } from "../../src/store/file-lock.ts";
import { createTestClock } from "../support/clock.ts";
import { createFileDatabase, createFolder } from "../support/store.ts";

test("a command is alone until another one or a server comes, and again when they have gone", async () => {
  await using database = await createFileDatabase();
  const command = await database.open({ role: "command" });
  expect(await command.isAlone()).toBe(true);
  const other = await database.open({ role: "command" });
  expect(await Promise.all([command.isAlone(), other.isAlone()])).toEqual([false, false]);
  await other.close();
  expect(await command.isAlone()).toBe(true);
  const server = await database.open();
  expect(await Promise.all([command.isAlone(), server.isAlone()])).toEqual([false, false]);
  await server.close();
  expect(await command.isAlone()).toBe(true);
});

test("a server is never alone: its clients are there", async () => {
  await using database = await createFileDatabase();
  const server = await database.open();
  expect(await server.isAlone()).toBe(false);
});

test("a command that was killed counts until its lease has run out", async () => {
  await using database = await createFileDatabase();
  const clock = createTestClock();
  const command = await database.open({ role: "command", clock });
  await database.sql.execute({
    sql: "INSERT INTO kv (key, value, expires_at) VALUES ('node:9', 'killed', ?)",
    args: [clock.now() + 30_000],
  });
  expect(await command.isAlone()).toBe(false);
  clock.advance(30_001);
  expect(await command.isAlone()).toBe(true);
});

test("whoever looks for a server keeps none from starting", async () => {
  await using folder = await createFolder();
  const path = join(folder.path, "footfall.db");
  lockDatabase(path)[Symbol.dispose]();
  const looking = Bun.spawn([process.execPath, join(import.meta.dir, "looking.ts"), path], { stdout: "pipe" });
  try {
    await looking.stdout.getReader().read();
    for (let start = 0; start < 500; start++) {
      using _lock = lockDatabase(path);
      expect(isServed(path)).toBe(true);
    }
  } finally {
    looking.kill();
    await looking.exited;
  }
  expect(isServed(path)).toBe(false);
});

test("looking for a server makes no file", async () => {
  await using folder = await createFolder();
  const path = join(folder.path, "footfall.db");
  expect(isServed(path)).toBe(false);
  expect(await Bun.file(`${path}.lock`).exists()).toBe(false);
});
