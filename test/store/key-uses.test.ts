import { expect, test } from "bun:test";
import { createKeyUses } from "../../src/store/key-uses.ts";
import { eventually } from "../support/clock.ts";
import { NOON, silentLog } from "../support/store.ts";
import { openTestWriter } from "../support/writer.ts";

const WITHIN_MS = 10_000;

test("uses are written together after a while, the latest of each key", async () => {
  await using opened = await openTestWriter();
  await using uses = createKeyUses({ writer: opened.writer, log: silentLog, everyMs: 50 });
  const before = opened.writer.commits();
  for (let i = 0; i < 2_500; i++) {
    uses.note(`key${i}`, NOON);
    uses.note(`key${i}`, NOON + i);
  }
  const written = async () => (await opened.sql.execute("SELECT count(*) AS n FROM key_uses")).rows[0]?.n === 2_500;
  await eventually("all uses are written", WITHIN_MS, written);
  expect(opened.writer.commits() - before).toBe(3);
  const { rows } = await opened.sql.execute("SELECT last_used_at FROM key_uses WHERE key_id = 'key2499'");
  expect(rows[0]?.last_used_at).toBe(NOON + 2_499);
  await eventually("nothing waits", WITHIN_MS, () => uses.latest("key2499") === undefined);
});

test("nothing is written where nothing was used", async () => {
  await using opened = await openTestWriter();
  const before = opened.writer.commits();
  await createKeyUses({ writer: opened.writer, log: silentLog, everyMs: 50 })[Symbol.asyncDispose]();
  expect(opened.writer.commits()).toBe(before);
});

test("what could not be written waits for the next time, and is no failure of its own", async () => {
  await using opened = await openTestWriter();
  await opened.sql.execute("ALTER TABLE key_uses RENAME TO elsewhere");
  await using uses = createKeyUses({ writer: opened.writer, log: silentLog, everyMs: 50 });
  const before = opened.writer.commits();
  uses.note("key", NOON);
  await eventually("two tries", WITHIN_MS, () => opened.writer.commits() - before >= 2);
  expect(uses.latest("key")).toBe(NOON);
  await opened.sql.execute("ALTER TABLE elsewhere RENAME TO key_uses");
  await eventually("it is written", WITHIN_MS, () => uses.latest("key") === undefined);
});
