import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { drizzle } from "drizzle-orm/libsql";
import type { EventFilter, EventListQuery, Store } from "../../src/domain/ports.ts";
import { areIdsOf } from "../../src/store/deletion-columns.ts";
import { type Statement, selectPage } from "../../src/store/event-sql.ts";
import { createHiddenEvents } from "../../src/store/hidden-events.ts";
import { isDue } from "../../src/store/purge-commands.ts";
import { countMarked, selectMarkedIds, walkLive, walkMarked } from "../../src/store/walk-sql.ts";
import { planOf as planIn } from "../support/query-plan.ts";
import { createFileDatabase, NOON, type TestDatabase } from "../support/store.ts";

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createFileDatabase();
  store = await database.open();
});
afterAll(() => database[Symbol.asyncDispose]());

const planOf = (statement: Statement) => planIn(database, statement);

/** The steps of a plan that read events. */
const readsOf = (plan: readonly string[]) =>
  plan.filter((step) => /^(?:SEARCH|SCAN) (?:main\.)?events\b/.test(step)).map((step) => step.replace("main.", ""));

const ALL: EventFilter = { siteId: 1, type: "a", from: 0, to: 9, visitorId: "v", includeTest: true };

describe("events that are named by their ids", () => {
  test("are counted, marked and removed without a look at others of their site", async () => {
    // Its own: SQLite keeps the snapshot of a write that was only explained.
    await using own = await createFileDatabase();
    await own.open();
    const named = areIdsOf("?1", "?2");
    for (const sql of [
      `SELECT count(*) FROM events WHERE ${named} AND deleted_at IS NULL`,
      `UPDATE events SET deleted_at = 1 WHERE changes() > 0 AND ${named} AND deleted_at IS NULL`,
      `DELETE FROM events WHERE changes() > 0 AND ${named}`,
    ]) {
      const reads = readsOf(await planIn(own, { sql, args: ["[1]", 1] }));
      expect(reads).toEqual(["SEARCH events USING INTEGER PRIMARY KEY (rowid=?)"]);
    }
  });
});

describe("marked events", () => {
  test("are in no list index: the latest page is as near behind 700,000 of them as behind none", async () => {
    const { rows } = await database.sql.execute(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND name LIKE 'events_list%' ORDER BY name",
    );
    expect(rows.map(({ name }) => name)).toEqual(["events_list", "events_list_by_type"]);
    for (const { sql } of rows) expect(String(sql)).toEndWith("WHERE deleted_at IS NULL");
    for (const type of [{}, { type: "a" }]) {
      const query = { filter: { siteId: 1, ...type }, order: "desc", limit: 100, count: false } as const;
      const reads = readsOf(await planOf(selectPage(query, 101)));
      expect(reads).toHaveLength(1);
      expect(reads[0]).toStartWith("SEARCH events USING INDEX events_list");
    }
  });

  test.each([
    ["to count them", countMarked(ALL)],
    ["to find them", selectMarkedIds(ALL, 9)],
  ])("are read by their own index %s", async (_, statement) => {
    expect(readsOf(await planOf(statement))).toEqual(["SEARCH events USING INDEX events_by_deletion (deletion_id>?)"]);
  });

  test.each([
    ["of a deletion are restored", "SELECT id FROM events WHERE deletion_id = ?1 AND deleted_at IS NOT NULL LIMIT 200"],
    [
      "of a deletion are purged",
      `SELECT events.id FROM (SELECT id FROM deletions WHERE id = ?1) AS chosen
       CROSS JOIN events ON events.deletion_id = chosen.id AND events.deleted_at IS NOT NULL LIMIT 250`,
    ],
  ])("%s by that index", async (_, sql) => {
    const reads = readsOf(await planOf({ sql, args: [1] }));
    expect(reads).toHaveLength(1);
    expect(reads[0]).toMatch(/^SEARCH events USING (?:COVERING )?INDEX events_by_deletion \(deletion_id=\?\)$/);
  });
});

describe("the deletions that are due", () => {
  test("are found by their time, without looking at the others", async () => {
    const due = isDue("created_at", "?1", "?2");
    const sql = `SELECT id FROM deletions WHERE state IN ('deleted', 'purging') AND ${due} ORDER BY purge_at, id LIMIT 250`;
    const plan = await planOf({ sql, args: [1, "[]"] });
    expect(plan[0]).toBe("SEARCH deletions USING INDEX deletions_due (purge_at<?)");
    expect(plan.filter((step) => step.includes("B-TREE"))).toEqual([]);
  });

  test("and those that are under way are found by an index that holds no others", async () => {
    const sql = "SELECT * FROM deletions WHERE state IN ('deleting', 'restoring', 'erasing') ORDER BY id LIMIT 1";
    expect((await planOf({ sql, args: [] }))[0]).toContain("USING INDEX deletions_under_way");
  });
});

describe("a step of a walk", () => {
  test("reads the list indexes in their order from where the last one ended", async () => {
    for (const filter of [ALL, { siteId: 1, visitorId: "v" }]) {
      for (const from of [null, ["live", 5, 0, 7] as const]) {
        const plan = await planOf(walkLive(filter, 99, from));
        const reads = readsOf(plan);
        expect(reads.length).toBeGreaterThan(0);
        expect(reads.filter((step) => !step.includes("INDEX events_list"))).toEqual([]);
        expect(plan.filter((step) => step.includes("B-TREE"))).toEqual([]);
      }
    }
  });

  test("reads marked events by deletion and id", async () => {
    const plan = await planOf(walkMarked(ALL, 99, ["marked", 3, 7]));
    expect(readsOf(plan)).toEqual([
      "SEARCH events USING INDEX events_by_deletion (deletion_id=? AND rowid>?)",
      "SEARCH events USING INDEX events_by_deletion (deletion_id>?)",
    ]);
    expect(plan.filter((step) => step.includes("B-TREE"))).toEqual([]);
  });
});

describe("while a deletion is under way", () => {
  /** A statement as it is run then. */
  async function hide({ sql, args }: Statement): Promise<Statement> {
    let asked = "";
    const read = async (text: string) => {
      asked = text;
      return null;
    };
    const hidden = createHiddenEvents({ db: drizzle({ client: database.sql }), bounded: read, unbounded: read });
    await hidden.refresh();
    await hidden.bounded(sql, args);
    return { sql: asked, args };
  }

  const page = (said: Partial<EventListQuery>): Statement =>
    selectPage({ filter: { siteId: 1 }, order: "desc", limit: 100, count: false, ...said }, 101);

  test("a page still comes out of the list index in its order, and the order of arrival out of the ids", async () => {
    const request = { siteId: 1, kind: "filter", reason: null, by: "t", nowMs: NOON, purgeAt: NOON } as const;
    const filter = { visitorId: "v", from: 5, pathPrefix: "/x", includeTest: true };
    const accepted = await store.deletions.accept(
      { ...request, filter, erases: false, lastEventId: 9, expected: 0 },
      1,
    );
    expect(accepted.outcome).toBe("accepted");
    for (const query of [{}, { after: { occurredAt: 5, occurredSub: 0, id: 7 } }]) {
      const plan = await planOf(await hide(page(query)));
      expect(readsOf(plan).filter((step) => !step.includes("INDEX events_list"))).toEqual([]);
      expect(plan.filter((step) => step.includes("B-TREE"))).toEqual([]);
    }
    const arrivals = await planOf(await hide(page({ order: "received" })));
    expect(readsOf(arrivals)).toEqual(["SCAN events"]);
    expect(arrivals.filter((step) => step.includes("B-TREE"))).toEqual([]);
    expect(readsOf(await planOf(await hide({ sql: "SELECT 1 FROM events WHERE id = ?1", args: [1] })))).toEqual([
      "SEARCH events USING INTEGER PRIMARY KEY (rowid=?)",
    ]);
  });

  test("a statement that has names of its own keeps them, and what the filter holds never becomes SQL", async () => {
    const { sql } = await hide({ sql: "WITH mine AS (SELECT count(*) AS n FROM events) SELECT n FROM mine", args: [] });
    expect(sql.match(/\bWITH\b/g)).toHaveLength(1);
    expect((await database.sql.execute(sql)).rows[0]?.n).toBe(0);
    expect(sql).not.toContain("/x");
  });

  test("afterwards a statement is as it was", async () => {
    await database.sql.execute("DELETE FROM deletions");
    expect(await hide({ sql: "SELECT 1 FROM events", args: [] })).toEqual({ sql: "SELECT 1 FROM events", args: [] });
  });
});
