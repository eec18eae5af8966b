import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FIELDS } from "../../src/http/dialects/profile-store/fields.ts";
import { compileKql } from "../../src/query/kql/compile.ts";
import { compileOData } from "../../src/query/odata/compile.ts";
import { ticksOfMs } from "../../src/query/ticks.ts";
import { statementOf } from "../../src/store/event-queries.ts";
import type { Statement } from "../../src/store/event-sql.ts";
import { EXAMPLE_REQUEST } from "../contract/profile-store/seed/document.ts";
import { planOf } from "../support/query-plan.ts";
import { createFileDatabase, type TestDatabase } from "../support/store.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createFileDatabase();
  await database.open();
});
afterAll(() => database[Symbol.asyncDispose]());

const now = ticksOfMs(Date.UTC(2026, 5, 15, 12));

function kql(query: string, siteIds = [1]): Statement {
  const pipeline = compileKql(query, { now, columns: FIELDS });
  return statementOf({ siteIds, includeTest: false, maxRows: 1_000, total: null, pipeline });
}

/** Rows alone: the total reads the same conditions once more. */
function odata(filter: string | null, orderBy: string | null = null, siteIds = [1]): Statement {
  const request = { filter, orderBy, select: null, skip: 0, top: 100 };
  const { rows } = compileOData(request, { now, properties: FIELDS });
  return statementOf({ siteIds, includeTest: false, maxRows: 10_000, total: null, pipeline: rows });
}

/** How a statement reads events. */
const readsOf = (plan: readonly string[]) => plan.filter((step) => /^(?:SEARCH|SCAN) events\b/.test(step));
const sortsOf = (plan: readonly string[]) => plan.filter((step) => step.includes("B-TREE"));

const LIST = "SEARCH events USING INDEX events_list (site_id=? AND is_test=?";
const BY_TYPE = "SEARCH events USING INDEX events_list_by_type (site_id=? AND type=? AND is_test=?";
const [SINCE, UNTIL, WITHIN, ALWAYS] = [
  " AND occurred_at>?)",
  " AND occurred_at<?)",
  " AND occurred_at>? AND occurred_at<?)",
  ")",
];

describe("the plan of a KQL query", () => {
  test.each([
    [EXAMPLE_REQUEST.Query, BY_TYPE + WITHIN],
    ["Events", LIST + ALWAYS],
    ["Events | where EventTime > ago(1d)", LIST + SINCE],
    ["Events | where datetime(2019-01-01) >= EventTime", LIST + UNTIL],
    ["Events | where EventTime between (ago(7d) .. 1d) | take 5", LIST + WITHIN],
    ["Events | where EventType == 'a' | where EventTime >= datetime(2019-01-01) | take 5", BY_TYPE + SINCE],
    ["Events | where Value has 'x' and (EventType == 'a' and EventTime < now())", BY_TYPE + UNTIL],
    ["Events | extend t = EventTime | where t > ago(1d) | project t", LIST + SINCE],
    ["Events | top 5 by EventTime", LIST + ALWAYS],
    ["Events | sort by EventTime desc | take 5", LIST + ALWAYS],
    ["Events | sort by EventTime asc | take 5", LIST + ALWAYS],
  ])("%s reads its index in order, and sorts nothing", async (query, read) => {
    const plan = await planOf(database, kql(query));
    expect(readsOf(plan)).toEqual([read]);
    expect(sortsOf(plan)).toEqual([]);
  });

  test("groups what the index of the time range finds", async () => {
    const plan = await planOf(database, kql("Events | where EventTime > ago(1d) | summarize count() by EventType"));
    expect(readsOf(plan)).toEqual([LIST + SINCE]);
  });

  test("finds one event by its id", async () => {
    expect(readsOf(await planOf(database, kql("Events | where TrackId == '12'")))).toEqual([
      "SEARCH events USING INTEGER PRIMARY KEY (rowid=?)",
    ]);
  });
});

describe("the plan of an OData list", () => {
  test.each([
    [null, LIST + ALWAYS],
    ["EventTime ge 2019-03-10T00:00:00Z", LIST + SINCE],
    ["2019-03-10T00:00:00Z gt EventTime", LIST + UNTIL],
    ["EventTime eq 2019-03-10", LIST + WITHIN],
    ["EventTime gt 2019-03-10T10:00:00.1234567Z and EventTime le now()", LIST + WITHIN],
    ["EventType eq 'a'", BY_TYPE + ALWAYS],
    ["EventType eq epiPageView and EventTime eq 2019-03-10", BY_TYPE + WITHIN],
    ["contains(Value,'x') and (EventType eq 'a' and EventTime ge 2019-03-10)", BY_TYPE + SINCE],
  ])("$filter=%s reads its index in order, and sorts nothing", async (filter, read) => {
    for (const orderBy of [null, "EventTime desc"]) {
      const plan = await planOf(database, odata(filter, orderBy));
      expect(readsOf(plan)).toEqual([read]);
      expect(sortsOf(plan)).toEqual([]);
    }
  });

  test("of several scopes reads the index of each", async () => {
    const siteIds = [1, 2, 3];
    expect(readsOf(await planOf(database, odata(null, null, siteIds)))).toEqual([LIST + ALWAYS]);
    expect(readsOf(await planOf(database, odata("EventTime eq 2019-03-10", null, siteIds)))).toEqual([LIST + WITHIN]);
    expect(readsOf(await planOf(database, odata("EventType eq 'a'", null, siteIds)))).toEqual([BY_TYPE + ALWAYS]);
  });

  test("of everything takes the total from the counters", async () => {
    const request = { filter: null, orderBy: null, select: null, skip: 0, top: 100 };
    const { rows, matching } = compileOData(request, { now, properties: FIELDS });
    const source = { siteIds: [1, 2], includeTest: false, maxRows: 10_000 };
    const plan = await planOf(database, statementOf({ ...source, pipeline: rows, total: matching }));
    expect(readsOf(plan)).toHaveLength(1);
    expect(plan).toContain("SEARCH event_totals USING PRIMARY KEY (site_id=?)");
  });
});
