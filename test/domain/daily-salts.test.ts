import { describe, expect, test } from "bun:test";
import { createDailySalts } from "../../src/domain/daily-salts.ts";
import type { KeyValueStore } from "../../src/domain/ports.ts";
import { systemRandom } from "../../src/lib/base62.ts";
import { MS_PER_DAY } from "../../src/lib/clock.ts";
import { createTestClock, TEN_YEARS_MS } from "../support/clock.ts";
import { createFileDatabase, silentLog, type TestDatabase } from "../support/store.ts";

const NOON = Date.UTC(2026, 5, 15, 12);
const HOUR = 3_600_000;
const DAY = Math.floor(NOON / MS_PER_DAY);

const hex = (salt: Uint8Array): string => Buffer.from(salt).toString("hex");

async function createFixture(database: TestDatabase) {
  const clock = createTestClock(NOON);
  const { kv } = await database.open({ clock });
  const create = (store: KeyValueStore = kv) =>
    createDailySalts({ kv: store, clock, random: systemRandom, log: silentLog });
  /** The days of the salts in the database. */
  const storedDays = async () => {
    const { rows } = await database.sql.execute("SELECT key FROM kv WHERE key LIKE 'salt:%' ORDER BY key");
    return rows.map((row) => Number(String(row.key).slice("salt:".length)));
  };
  return { clock, kv, create, storedDays };
}

test("the salt of a day is the same for all processes, and 32 random bytes", async () => {
  await using database = await createFileDatabase();
  const { create } = await createFixture(database);
  const [first, second] = [create(), create()];
  await Promise.all([first.refresh(), second.refresh()]);
  expect(first.saltOf(NOON)).toHaveLength(32);
  expect(hex(first.saltOf(NOON))).toBe(hex(second.saltOf(NOON)));
  expect(hex(first.saltOf(NOON - 11 * HOUR))).toBe(hex(first.saltOf(NOON)));
});

test("at midnight UTC there is another one, and it was there before anybody asked", async () => {
  await using database = await createFileDatabase();
  const { create, clock, storedDays } = await createFixture(database);
  const [salts, other] = [create(), create()];
  await salts.refresh();
  expect(await storedDays()).toEqual([DAY]);
  const today = hex(salts.saltOf(NOON));
  clock.set(NOON + 11.5 * HOUR);
  await salts.refresh();
  await other.refresh();
  expect(await storedDays()).toEqual([DAY, DAY + 1]);
  clock.set(NOON + 12 * HOUR);
  const tomorrow = hex(salts.saltOf(clock.now()));
  expect(tomorrow).not.toBe(today);
  expect(hex(other.saltOf(clock.now()))).toBe(tomorrow);
  // An event that was under way at midnight.
  expect(hex(salts.saltOf(clock.now() - 1))).toBe(today);
});

test("two are kept; those before are gone from the database", async () => {
  await using database = await createFileDatabase();
  const { create, clock, storedDays } = await createFixture(database);
  const salts = create();
  for (let day = 0; day < 5; day++) {
    clock.set(NOON + day * MS_PER_DAY);
    await salts.refresh();
    expect(await storedDays()).toEqual(day === 0 ? [DAY] : [DAY + day - 1, DAY + day]);
  }
});

test("a salt that is destroyed is written over, not only taken out of the list", async () => {
  await using database = await createFileDatabase();
  const { create, clock } = await createFixture(database);
  const salts = create();
  await salts.refresh();
  const text = Buffer.from(salts.saltOf(NOON)).toString("base64url");
  clock.advance(3 * MS_PER_DAY);
  await salts.refresh();
  await database.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  expect(await Bun.file((database.location as { path: string }).path).text()).not.toContain(text);
});

test("a start after a week destroys what was left behind", async () => {
  await using database = await createFileDatabase();
  const { create, clock, storedDays } = await createFixture(database);
  await create().refresh();
  clock.advance(7 * MS_PER_DAY);
  await create().refresh();
  expect(await storedDays()).toEqual([DAY + 7]);
});

test.each([-TEN_YEARS_MS, -HOUR, HOUR, TEN_YEARS_MS])(
  "a clock that jumps by %i ms gets a salt at once",
  async (jump) => {
    await using database = await createFileDatabase();
    const { create, clock } = await createFixture(database);
    const salts = create();
    await salts.refresh();
    clock.advance(jump);
    expect(salts.saltOf(clock.now())).toHaveLength(32);
    await salts.refresh();
    const shared = hex(salts.saltOf(clock.now()));
    const other = create();
    await other.refresh();
    expect(hex(other.saltOf(clock.now()))).toBe(shared);
  },
);

describe("a day that is long past", () => {
  test("has a salt of the process's own, which is not stored", async () => {
    await using database = await createFileDatabase();
    const { create, storedDays } = await createFixture(database);
    const [salts, other] = [create(), create()];
    await Promise.all([salts.refresh(), other.refresh()]);
    const longAgo = NOON - 500 * MS_PER_DAY;
    expect(hex(salts.saltOf(longAgo))).toBe(hex(salts.saltOf(longAgo)));
    expect(hex(salts.saltOf(longAgo))).not.toBe(hex(salts.saltOf(longAgo - MS_PER_DAY)));
    expect(hex(other.saltOf(longAgo))).not.toBe(hex(salts.saltOf(longAgo)));
    expect(await storedDays()).toEqual([DAY]);
  });
});

test("a database that does not answer fails no event", async () => {
  await using database = await createFileDatabase();
  const { create, kv, clock } = await createFixture(database);
  let tries = 0;
  const list: KeyValueStore["list"] = (prefix) => {
    tries += 1;
    return tries < 3 ? Promise.reject(new Error("away")) : kv.list(prefix);
  };
  const salts = create({ ...kv, list });
  await salts.refresh();
  const own = hex(salts.saltOf(NOON));
  for (let n = 0; n < 100; n++) expect(hex(salts.saltOf(NOON))).toBe(own);
  // It is not asked for each event.
  expect(tries).toBe(1);
  clock.advance(1_000);
  salts.saltOf(NOON);
  expect(tries).toBe(2);
  await salts.refresh();
  await salts.refresh();
  const other = create();
  await other.refresh();
  expect(hex(salts.saltOf(NOON))).toBe(hex(other.saltOf(NOON)));
});
