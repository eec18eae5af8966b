import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Order } from "../../src/domain/page.ts";
import type { EventFilter, EventListQuery } from "../../src/domain/ports.ts";
import { MS_PER_DAY } from "../../src/lib/clock.ts";
import { INSERT_EVENTS_AGAIN, SELECT_DUPLICATES } from "../../src/store/event-columns.ts";
import { SELECT_EXISTING, selectPosition, selectScan } from "../../src/store/event-scan.ts";
import {
  COUNTER_TOTAL,
  countLive,
  rangeTotal,
  SELECT_EVENT,
  type Statement,
  selectPage,
} from "../../src/store/event-sql.ts";
import { countBySite, selectSiteEvents, summarizeSiteEvents } from "../../src/store/site-event-sql.ts";
import { planOf as planIn } from "../support/query-plan.ts";
import { createFileDatabase, type TestDatabase } from "../support/store.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createFileDatabase();
  await database.open();
});
afterAll(() => database[Symbol.asyncDispose]());

const planOf = (statement: Statement) => planIn(database, statement);

/** The steps of a plan that read events. */
const readsOf = (plan: readonly string[]) => plan.filter((step) => /^(?:SEARCH|SCAN) (?:events|stored)\b/.test(step));

const FILTERS: readonly Partial<EventFilter>[] = [
  {},
  { from: 0 },
  { to: 9_000 },
  { from: 0, to: 9_000 },
  { from: 0, to: 500 },
  { from: 5_000, to: 9_000 },
];

const POSITIONS = [
  undefined,
  { occurredAt: 1_000, occurredSub: 0, id: 77 },
  { occurredAt: 1_000, occurredSub: 5, id: 77 },
];

function pages(order: Order): EventListQuery[] {
  return FILTERS.flatMap((filter) =>
    [{}, { type: "a" }].flatMap((type) =>
      [false, true].flatMap((includeTest) =>
        POSITIONS.map((after) => ({
          filter: { siteId: 1, ...filter, ...type, includeTest },
          order,
          limit: 100,
          count: false,
          ...(after ? { after } : {}),
        })),
      ),
    ),
  );
}

describe("the plan of a page", () => {
  test.each(["desc", "asc"] as const)(
    "in order %s reads list indexes in their order and sorts nothing",
    async (order) => {
      for (const query of pages(order)) {
        const plan = await planOf(selectPage(query, 101));
        const index = query.filter.type === undefined ? "events_list (" : "events_list_by_type (";
        const reads = readsOf(plan);
        expect(reads.length).toBeGreaterThan(0);
        expect(reads.filter((step) => !step.startsWith(`SEARCH events USING INDEX ${index}`))).toEqual([]);
        expect(plan.filter((step) => step.includes("B-TREE"))).toEqual([]);
      }
    },
  );

  test("behind a cursor seeks to it: past equal times by id, past the rest by time, also within a time range", async () => {
    for (const order of ["desc", "asc"] as const) {
      const isBeyond = order === "desc" ? "<" : ">";
      const filter = { siteId: 1, from: 0, to: 9_000 };
      const after = { occurredAt: 1_000, occurredSub: 5, id: 77 };
      const reads = readsOf(await planOf(selectPage({ filter, order, limit: 100, count: false, after }, 101)));
      expect(reads).toHaveLength(3);
      const equal = `(site_id=? AND is_test=? AND occurred_at=? AND occurred_sub=? AND rowid${isBeyond}?)`;
      expect(reads.filter((step) => step.endsWith(equal))).toHaveLength(1);
      const sameTime = `(site_id=? AND is_test=? AND occurred_at=? AND occurred_sub${isBeyond}?)`;
      expect(reads.filter((step) => step.endsWith(sameTime))).toHaveLength(1);
      expect(
        reads.filter((step) => step.endsWith("(site_id=? AND is_test=? AND occurred_at>? AND occurred_at<?)")),
      ).toHaveLength(1);
    }
  });

  test("in order of arrival walks the ids", async () => {
    for (const query of pages("received")) {
      const plan = await planOf(selectPage(query, 101));
      const step = query.after ? "SEARCH events USING INTEGER PRIMARY KEY (rowid>?)" : "SCAN events";
      expect(readsOf(plan)).toEqual([step]);
      expect(plan.filter((each) => each.includes("B-TREE"))).toEqual([]);
    }
  });
});

describe("the plan of a stretch", () => {
  const after = { occurredAt: 1_000, occurredSub: 5, id: 77 };
  const byId = "SEARCH events USING INTEGER PRIMARY KEY (rowid=?)";

  test("by time reads list indexes in their order, whatever is filtered, and then rows by their ids", async () => {
    for (const type of [{}, { type: "a" }]) {
      for (const filter of FILTERS) {
        for (const includeTest of [false, true]) {
          const query = {
            filter: { siteId: 1, visitorId: "v", ...filter, ...type, includeTest },
            order: "asc",
          } as const;
          for (const place of [{}, { after }]) {
            const plan = await planOf(selectScan({ ...query, ...place }));
            const index = "type" in type ? "events_list_by_type (" : "events_list (";
            const [last, ...scans] = readsOf(plan).toReversed();
            expect(last).toBe(byId);
            expect(scans.length).toBeGreaterThan(0);
            expect(scans.filter((step) => !step.startsWith(`SEARCH events USING INDEX ${index}`))).toEqual([]);
            // Of a thousand positions the last one: nothing else is sorted.
            expect(plan.filter((step) => step.includes("B-TREE"))).toHaveLength(1);
          }
        }
      }
    }
  });

  test("by arrival walks the ids", async () => {
    const query = { filter: { siteId: 1, type: "a", from: 5 }, order: "received" } as const;
    expect(readsOf(await planOf(selectScan(query)))).toEqual(["SCAN events", byId]);
    expect(readsOf(await planOf(selectScan({ ...query, after })))).toEqual([
      "SEARCH events USING INTEGER PRIMARY KEY (rowid>?)",
      byId,
    ]);
  });
});

describe("the plan of a page of site events", () => {
  const range = { siteId: 1, from: 0, to: 9_000, limit: 100 };
  const at = { occurredAt: 1_000, id: 77 };

  test.each([
    { ...range, includeTest: false },
    { ...range, includeTest: true },
    { ...range, includeTest: false, kind: "bot" },
    { ...range, includeTest: true, kind: "conversion", at },
    { ...range, includeTest: false, at },
  ] as const)("%j reads its index in order, from the position on, and sorts nothing", async (query) => {
    const plan = await planOf(selectSiteEvents(query, 101));
    const seek = "SEARCH events USING INDEX events_site_events (site_id=? AND <expr>=? AND is_test=? AND occurred_at";
    const reads = readsOf(plan);
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.filter((step) => !step.startsWith(seek))).toEqual([]);
    expect(reads.filter((step) => step.endsWith("occurred_at=? AND rowid<?)"))).toHaveLength(
      "at" in query ? reads.length / 2 : 0,
    );
    expect(plan.filter((step) => step.includes("B-TREE"))).toEqual([]);
  });

  test("of their number and their sums reads the same index", async () => {
    for (const statement of [countBySite([1, 2], range), summarizeSiteEvents({ ...range, includeTest: false })]) {
      expect(readsOf(await planOf(statement))).toEqual([
        "SEARCH events USING INDEX events_site_events (site_id=? AND <expr>=? AND is_test=? AND occurred_at>? AND occurred_at<?)",
      ]);
    }
  });
});

describe("the plan of a lookup", () => {
  test("of events of an export goes by ids and dedupe keys", async () => {
    const byId = "SEARCH events USING INTEGER PRIMARY KEY (rowid=?)";
    expect(readsOf(await planOf({ sql: SELECT_EXISTING, args: [1, "[1]"] }))).toEqual([byId]);
    expect(readsOf(await planOf(selectPosition(1, { id: 1 })))).toEqual([byId]);
    expect(readsOf(await planOf(selectPosition(1, { dedupeKey: "e:a" })))).toEqual([
      "SEARCH events USING INDEX events_dedupe (site_id=? AND dedupe_key=?)",
    ]);
  });

  test("of one event goes by its id", async () => {
    expect(await planOf({ sql: SELECT_EVENT, args: [1] })).toEqual([
      "SEARCH events USING INTEGER PRIMARY KEY (rowid=?)",
    ]);
  });

  test("of duplicates goes by site and dedupe key", async () => {
    expect(readsOf(await planOf({ sql: SELECT_DUPLICATES, args: ["[]", 1] }))).toEqual([
      "SEARCH stored USING INDEX events_dedupe (site_id=? AND dedupe_key=?)",
    ]);
  });

  test("of events that an earlier try may have stored goes by their ids", async () => {
    expect(readsOf(await planOf({ sql: INSERT_EVENTS_AGAIN, args: ["[]", 0] }))).toEqual([
      "SEARCH stored USING INTEGER PRIMARY KEY (rowid=?)",
    ]);
  });
});

describe("the plan of a total", () => {
  /** What the program of a statement does with the table of events itself, beside its indexes. */
  async function tableReadsOf({ sql, args }: Statement): Promise<unknown[]> {
    const schema = await database.sql.execute(
      "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = 'events'",
    );
    const { rows } = await database.sql.execute({ sql: `EXPLAIN ${sql}`, args: [...args] });
    const cursors = rows.filter((row) => row.opcode === "OpenRead" && row.p2 === schema.rows[0]?.rootpage);
    const reading = ["Column", "SeekRowid", "NotExists", "FinishSeek", "Rewind", "Last"];
    return rows.filter((row) => reading.includes(String(row.opcode)) && cursors.some((cursor) => cursor.p1 === row.p1));
  }

  test("without a time range reads counters only", async () => {
    const plan = await planOf({ sql: COUNTER_TOTAL, args: [1, "a", 1] });
    expect(readsOf(plan)).toEqual([]);
    expect(plan.filter((step) => step.startsWith("SCAN") && step !== "SCAN CONSTANT ROW")).toEqual([]);
  });

  const midnight = 20_000 * MS_PER_DAY;
  test.each([
    ["open at both ends of a day", { from: midnight - 5, to: midnight + 9 * MS_PER_DAY + 5 }],
    ["within a day", { from: midnight + 5, to: midnight + 9 }],
    ["with an open end", { from: midnight + 5 }],
  ])("of a range %s counts its part-days in a list index alone, without touching the events", async (_, range) => {
    for (const type of [{}, { type: "a" }]) {
      for (const includeTest of [false, true]) {
        const statement = rangeTotal({ siteId: 1, ...type, ...range, includeTest });
        const reads = readsOf(await planOf(statement));
        expect(reads.length).toBeGreaterThan(0);
        const index = "type" in type ? "events_list_by_type (site_id=? AND type=?" : "events_list (site_id=?";
        for (const step of reads) {
          expect(step).toStartWith(
            `SEARCH events USING INDEX ${index} AND is_test=? AND occurred_at>? AND occurred_at<?)`,
          );
        }
        expect(await tableReadsOf(statement)).toEqual([]);
      }
    }
  });

  test("of whole days counts no events", async () => {
    const plan = await planOf(rangeTotal({ siteId: 1, from: midnight, to: midnight + MS_PER_DAY - 1 }));
    expect(readsOf(plan)).toEqual([]);
  });

  test("of a type that has no counter reads its index alone", async () => {
    const statement = countLive({ siteId: 1, type: "a", includeTest: true });
    expect(readsOf(await planOf(statement))).toEqual([
      "SEARCH events USING INDEX events_list_by_type (site_id=? AND type=? AND is_test=?)",
    ]);
    expect(await tableReadsOf(statement)).toEqual([]);
  });

  test("without bots takes away what the index of bots holds, without touching the events", async () => {
    for (const range of [{}, { from: midnight, to: midnight + 9 * MS_PER_DAY - 1 }]) {
      const statement = rangeTotal({ siteId: 1, excludeBots: true, ...range });
      expect(readsOf(await planOf(statement))).toEqual([
        expect.stringMatching(
          /^SEARCH events USING INDEX events_site_events \(site_id=\? AND <expr>=\? AND is_test=\?/,
        ),
      ]);
      expect(await tableReadsOf(statement)).toEqual([]);
    }
    const ofType = await planOf(rangeTotal({ siteId: 1, type: "a", excludeBots: true }));
    expect(readsOf(ofType)).toEqual([
      "SEARCH events USING INDEX events_site_events (site_id=? AND <expr>=? AND is_test=?)",
    ]);
  });

  test("of a filter that has no index walks the site's list index", async () => {
    const reads = readsOf(await planOf(countLive({ siteId: 1, visitorId: "v" })));
    expect(reads).toEqual(["SEARCH events USING INDEX events_list (site_id=? AND is_test=?)"]);
  });
});
