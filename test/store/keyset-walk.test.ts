import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { NewEvent } from "../../src/domain/event.ts";
import type { Order, Position } from "../../src/domain/page.ts";
import type { EventFilter, Store } from "../../src/domain/ports.ts";
import { appendAll, createFileDatabase, markDeleted, newEvent, type TestDatabase } from "../support/store.ts";

/** Few different times, so that ticks and ids must break ties. */
const event = fc.record({
  occurredAt: fc.integer({ min: -2, max: 3 }),
  occurredSub: fc.constantFrom(0, 1, 9_999),
  type: fc.constantFrom("a", "b"),
  isTest: fc.boolean(),
});

const between = fc.record({
  append: fc.array(event, { maxLength: 6 }),
  mark: fc.array(fc.nat(), { maxLength: 3 }),
});

const walkOf = fc.record({
  order: fc.constantFrom<Order>("desc", "asc", "received"),
  limit: fc.integer({ min: 1, max: 7 }),
  filter: fc.record(
    {
      type: fc.constantFrom("a", "b"),
      from: fc.integer({ min: -2, max: 0 }),
      to: fc.integer({ min: 0, max: 3 }),
      includeTest: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
});

const matches = (each: NewEvent, filter: EventFilter): boolean =>
  (filter.type === undefined || each.type === filter.type) &&
  (filter.from === undefined || each.occurredAt >= filter.from) &&
  (filter.to === undefined || each.occurredAt <= filter.to) &&
  (filter.includeTest === true || !each.isTest);

describe("a walk through the pages", () => {
  let database: TestDatabase;
  let store: Store;
  let siteId = 0;

  beforeAll(async () => {
    database = await createFileDatabase();
    store = await database.open({ durability: "normal" });
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test("meets every event from before it that is not deleted exactly once, while others come and go", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 40 }),
        fc.array(between, { minLength: 50, maxLength: 50 }),
        walkOf,
        async (before, changes, { order, limit, filter }) => {
          siteId += 1;
          const wanted = { siteId, ...filter } as EventFilter;
          const events = before.map((each) => newEvent({ ...each, siteId }));
          const ids = await appendAll(store, events);
          const marked = new Set<number>();
          const met: number[] = [];
          let after: Position | null = null;
          // Arrivals are bounded, so a walk that is never quiet must end too.
          for (let page = 0; page < 400; page++) {
            const answer = await store.reader.listEvents({
              filter: wanted,
              order,
              limit,
              count: false,
              ...(after ? { after } : {}),
            });
            met.push(...answer.events.map(({ id }) => id));
            if (answer.next === null || (answer.events.length === 0 && page >= changes.length)) break;
            after = answer.next;
            const change = changes[page];
            if (!change) continue;
            await appendAll(
              store,
              change.append.map((each) => newEvent({ ...each, siteId })),
            );
            for (const place of change.mark) {
              const id = ids[place % Math.max(1, ids.length)];
              if (id !== undefined) await markDeleted(database.sql, id);
              if (id !== undefined) marked.add(id);
            }
          }
          expect(new Set(met).size).toBe(met.length);
          const due = ids.filter((id, n) => !marked.has(id) && matches(events[n] as NewEvent, wanted));
          const missing = due.filter((id) => !met.includes(id));
          if (missing.length > 0) throw new Error(`${missing.length} of ${due.length} were not met`);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
