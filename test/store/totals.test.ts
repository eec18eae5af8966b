import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "@libsql/client";
import fc from "fast-check";
import type { NewEvent } from "../../src/domain/event.ts";
import type { EventFilter, Store } from "../../src/domain/ports.ts";
import { MS_PER_DAY } from "../../src/lib/clock.ts";
import { appendAll, createFileDatabase, newEvent, type TestDatabase } from "../support/store.ts";

const YEAR_1 = -62_135_596_800_000;
const YEAR_9999 = 253_402_300_799_999;

/** More than are counted apart, the name of the shared counter among them. */
const TYPES = ["*other", "", "pageview", ...Array.from({ length: 240 }, (_, n) => `type ${n}`)];

/** Around a few midnights, so that ranges cut days and fall on their borders. */
const time = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom(-2, -1, 0, 1, 2, 3, 719),
        fc.integer({ min: -2, max: 2 }),
        fc.constantFrom(0, MS_PER_DAY / 2),
      )
      .map(([day, near, half]) => day * MS_PER_DAY + near + half),
  },
  { weight: 1, arbitrary: fc.integer({ min: YEAR_1, max: YEAR_9999 }) },
  { weight: 1, arbitrary: fc.constantFrom(YEAR_1, YEAR_1 + MS_PER_DAY, YEAR_9999) },
);

const type = fc.oneof(fc.constantFrom(...TYPES.slice(0, 5)), fc.constantFrom(...TYPES));

const event = fc.record({ type, occurredAt: time, isTest: fc.boolean() });

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ append: fc.array(event, { minLength: 1, maxLength: 40 }) }) },
  // Every type at once: from then on further ones share a counter.
  { weight: 1, arbitrary: fc.record({ everyType: fc.boolean(), at: time }) },
  { weight: 2, arbitrary: fc.record({ mark: fc.nat({ max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ restore: fc.nat({ max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat({ max: 9 }) }) },
);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const filter = fc.record({
  type: fc.option(fc.oneof(type, fc.constant("never sent")), { nil: undefined, freq: 1 }),
  from: optional(time),
  to: optional(time),
  includeTest: fc.boolean(),
  visitorId: optional(fc.constantFrom("v0", "v1")),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The events of a site as they should be. */
interface Kept {
  readonly event: NewEvent;
  deleted: boolean;
}
type Model = Map<number, Kept>;

function matches({ event, deleted }: Kept, wanted: EventFilter): boolean {
  return (
    !deleted &&
    (wanted.type === undefined || event.type === wanted.type) &&
    (wanted.from === undefined || event.occurredAt >= wanted.from) &&
    (wanted.to === undefined || event.occurredAt <= wanted.to) &&
    (wanted.visitorId === undefined || event.visitorId === wanted.visitorId) &&
    (wanted.includeTest === true || !event.isTest)
  );
}

async function apply(store: Store, sql: Client, siteId: number, model: Model, each: Step): Promise<void> {
  const appended = "append" in each ? each.append : "everyType" in each ? everyType(each.everyType, each.at) : [];
  if (appended.length > 0) {
    const events = appended.map((said, n) => newEvent({ ...said, siteId, visitorId: `v${n % 3}` }));
    const ids = await appendAll(store, events);
    for (const [n, id] of ids.entries()) model.set(id, { event: events[n] as NewEvent, deleted: false });
  }
  // Every tenth of them, from a place that the step says.
  const some = (place: number) => [...model.keys()].filter((_, n) => n % 10 === place);
  const run = (statement: string, ids: readonly number[]) =>
    sql.execute({ sql: `${statement} WHERE id IN (SELECT value FROM json_each(?))`, args: [JSON.stringify(ids)] });
  if ("mark" in each) {
    await run("UPDATE events SET deleted_at = 1, deletion_id = 1", some(each.mark));
    for (const id of some(each.mark)) (model.get(id) as Kept).deleted = true;
  } else if ("restore" in each) {
    await run("UPDATE events SET deleted_at = NULL, deletion_id = NULL", some(each.restore));
    for (const id of some(each.restore)) (model.get(id) as Kept).deleted = false;
  } else if ("remove" in each) {
    const ids = some(each.remove);
    await run("DELETE FROM events", ids);
    for (const id of ids) model.delete(id);
  }
}

const everyType = (isTest: boolean, occurredAt: number) => TYPES.map((name) => ({ type: name, isTest, occurredAt }));

describe("a total", () => {
  let database: TestDatabase;
  let store: Store;
  let siteId = 0;

  beforeAll(async () => {
    database = await createFileDatabase();
    store = await database.open({ durability: "normal" });
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test("equals the number of events that match, after any appends, deletions, restores and removals", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.array(filter, { minLength: 10, maxLength: 10 }),
        async (steps, filters) => {
          siteId += 1;
          const model: Model = new Map();
          for (const each of steps) await apply(store, database.sql, siteId, model, each);
          for (const wanted of filters) {
            const asked = { siteId, ...wanted } as EventFilter;
            const page = await store.reader.listEvents({ filter: asked, order: "desc", limit: 1, count: true });
            const expected = [...model.values()].filter((kept) => matches(kept, asked)).length;
            if (page.total !== expected) throw new Error(`${page.total}, not ${expected}: ${JSON.stringify(asked)}`);
            if (expected > 0) compared += 1;
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(compared).toBeGreaterThan(80);
  }, 60_000);

  test("of each type is right when a site has more types than counters", async () => {
    siteId += 1;
    const events = TYPES.flatMap((name, n) =>
      Array.from({ length: (n % 3) + 1 }, () => newEvent({ siteId, type: name })),
    );
    await appendAll(store, events);
    const { rows } = await database.sql.execute({
      sql: "SELECT count(*) AS counters, sum(n) AS n FROM event_totals WHERE site_id = ?",
      args: [siteId],
    });
    expect(rows[0]?.n).toBe(events.length);
    expect(rows[0]?.counters).toBeLessThanOrEqual(201);
    for (const [n, name] of TYPES.entries()) {
      for (const range of [{}, { from: 0 }]) {
        const asked = { filter: { siteId, type: name, ...range }, order: "desc", limit: 1, count: true } as const;
        expect((await store.reader.listEvents(asked)).total).toBe((n % 3) + 1);
      }
    }
  });
});

describe("the counters", () => {
  /** Site 1's counters of `a`: in all, and by day. */
  async function countersOf({ sql }: TestDatabase): Promise<readonly unknown[]> {
    const { rows } = await sql.execute(
      "SELECT (SELECT sum(n) FROM event_totals) AS n, (SELECT sum(n) FROM event_day_counts) AS d",
    );
    return [rows[0]?.n, rows[0]?.d];
  }

  const insert = (how: string, id: number, tail = "") =>
    `INSERT ${how} INTO events (id, received_offset, site_id, type, occurred_at, dedupe_key)
     VALUES (${id}, 0, 1, 'a', 0, 'e:${id}') ${tail}`;

  test.each([
    ["no conflict clause", "", ""],
    ["ON CONFLICT DO NOTHING", "", "ON CONFLICT DO NOTHING"],
    [
      "ON CONFLICT (site_id, dedupe_key) DO NOTHING",
      "",
      "ON CONFLICT (site_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING",
    ],
    ["ON CONFLICT (id) DO UPDATE", "", "ON CONFLICT (id) DO UPDATE SET name = 'again'"],
    ["OR IGNORE", "OR IGNORE", ""],
    ["OR FAIL", "OR FAIL", ""],
  ])(
    "count what an INSERT with %s puts in, and nothing else: their own upserts are not overruled",
    async (_, how, tail) => {
      await using database = await createFileDatabase();
      await database.open();
      for (const id of [1, 2, 3, 3, 2, 4]) await database.sql.execute(insert(how, id, tail)).catch(() => {});
      expect(await countersOf(database)).toEqual([4, 4]);
    },
  );

  test("count each event once in a batch that holds duplicates of itself and of earlier ones", async () => {
    await using database = await createFileDatabase();
    const { writer } = await database.open();
    const keys = ["a", "b", "a", "c", "b"];
    const send = () => writer.append(keys.map((key) => newEvent({ dedupeKey: `e:${key}` })));
    await send();
    await send();
    expect(await countersOf(database)).toEqual([3, 3]);
  });

  test("leave no row behind for a day that has no events any more", async () => {
    await using database = await createFileDatabase();
    const store = await database.open({ durability: "normal" });
    await appendAll(store, [newEvent({ occurredAt: -1 }), newEvent({ occurredAt: 0 })]);
    const days = async () => (await database.sql.execute("SELECT day, n FROM event_day_counts ORDER BY day")).rows;
    expect(await days()).toMatchObject([
      { day: -1, n: 1 },
      { day: 0, n: 1 },
    ]);
    await database.sql.execute("UPDATE events SET deleted_at = 1 WHERE occurred_at = -1");
    await database.sql.execute("DELETE FROM events WHERE occurred_at = -1");
    expect(await days()).toMatchObject([{ day: 0, n: 1 }]);
  });
});
