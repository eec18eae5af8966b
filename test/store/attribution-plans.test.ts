import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { AttributedFilter, AttributedType } from "../../src/domain/attributed-events.ts";
import { MS_PER_DAY } from "../../src/lib/clock.ts";
import * as lookups from "../../src/store/attribution-lookups.ts";
import {
  ATTRIBUTED_STATUS,
  attributedDays,
  attributedPage,
  attributedPlace,
  attributedRevenue,
  attributedTotal,
} from "../../src/store/attribution-sql.ts";
import type { Statement } from "../../src/store/event-sql.ts";
import { planOf as planIn } from "../support/query-plan.ts";
import { createFileDatabase, type TestDatabase } from "../support/store.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createFileDatabase();
  await database.open();
});
afterAll(() => database[Symbol.asyncDispose]());

const planOf = (statement: Statement) => planIn(database, statement);

const readsOf = (plan: readonly string[]) =>
  plan.filter((step) => /^(?:SEARCH|SCAN) (?:events|event|sale|click)\b/.test(step));
const sortsOf = (plan: readonly string[]) => plan.filter((step) => step.includes("B-TREE"));

/** What a statement's program reads of the table of events itself, beside its indexes. */
async function tableReadsOf({ sql, args }: Statement) {
  const schema = await database.sql.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'events'");
  const { rows } = await database.sql.execute({ sql: `EXPLAIN ${sql}`, args: [...args] });
  const cursors = rows.filter((row) => row.opcode === "OpenRead" && row.p2 === schema.rows[0]?.rootpage);
  const reading = ["Column", "SeekRowid", "NotExists", "FinishSeek", "Rewind", "Last"];
  return rows.filter((row) => reading.includes(String(row.opcode)) && cursors.some((cursor) => cursor.p1 === row.p1));
}

const MIDNIGHT = 20_000 * MS_PER_DAY;
const FILTERS: readonly AttributedFilter[] = [
  {},
  { from: 5 },
  { to: MIDNIGHT + 5 },
  { from: 5, to: MIDNIGHT + 5 },
].flatMap((range) =>
  [{}, { type: "lead" as AttributedType }].map((type): AttributedFilter => ({ siteId: 1, ...range, ...type })),
);

describe("the plan of the list of attributed events", () => {
  test("reads its index in order, merges the types, sorts nothing, and looks up the page's events alone", async () => {
    for (const filter of FILTERS) {
      const statement = attributedPage({ filter, offset: 900, limit: 100 });
      const plan = await planOf(statement);
      const listed = readsOf(plan).filter((step) => step.startsWith("SEARCH events "));
      expect(listed).toHaveLength(filter.type === undefined ? 3 : 1);
      for (const step of listed) {
        expect(step).toStartWith("SEARCH events USING INDEX events_attributed (site_id=? AND type=?");
      }
      expect(readsOf(plan).filter((step) => !step.startsWith("SEARCH events "))).toEqual([
        "SEARCH event USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH sale USING INDEX events_by_click (click_id=? AND is_test=? AND type=? AND site_id=?)",
        "SEARCH sale USING INDEX events_by_customer (customer_key=? AND is_test=? AND site_id=? AND type=?)",
      ]);
      expect(sortsOf(plan)).toEqual([]);
      // One cursor: what the offset skips is not looked up.
      expect(new Set((await tableReadsOf(statement)).map(({ p1 }) => p1)).size).toBe(1);
    }
  });

  test("counts in counters, and part-days in the index alone", async () => {
    for (const filter of FILTERS) {
      const query = { filter, offset: 900, limit: 100 };
      for (const statement of [attributedTotal(filter), attributedDays(filter), attributedPlace(query)]) {
        const reads = readsOf(await planOf(statement));
        const types = filter.type === undefined ? 3 : 1;
        const ends = [filter.from, filter.to].filter((end) => end !== undefined).length;
        expect(reads).toHaveLength(types * ends);
        for (const step of reads) {
          expect(step).toBe(
            "SEARCH events USING INDEX events_attributed (site_id=? AND type=? AND occurred_at>? AND occurred_at<?)",
          );
        }
        expect(await tableReadsOf(statement)).toEqual([]);
      }
    }
  });

  test("finds the newest event at the end of the index", async () => {
    const statement = { sql: ATTRIBUTED_STATUS, args: [1] };
    expect(readsOf(await planOf(statement))).toEqual(
      Array.from({ length: 3 }, () => "SEARCH events USING INDEX events_attributed (site_id=? AND type=?)"),
    );
    expect(await tableReadsOf(statement)).toEqual([]);
  });

  test("sums the money of a range's conversions, and reads no others", async () => {
    expect(readsOf(await planOf(attributedRevenue({ siteId: 1, from: 1, to: 2 })))).toEqual([
      "SEARCH events USING INDEX events_attributed (site_id=? AND type=? AND occurred_at>? AND occurred_at<?)",
    ]);
  });
});

describe("the plan of a look-up along the chain", () => {
  test.each(Object.entries(lookups))(
    "%s searches one index by all that it knows, and sorts no events",
    async (_, sql) => {
      const args = Array.from({ length: new Set(sql.match(/\?\d/g)).size }, () => "[]");
      const plan = await planOf({ sql, args });
      const reads = readsOf(plan);
      expect(reads.length).toBeGreaterThan(0);
      for (const step of reads) {
        expect(step).toMatch(
          /^SEARCH (?:events USING (?:COVERING )?INDEX events_by_(?:click \(click_id=\? AND is_test=\? AND type=\?|customer \(customer_key=\? AND is_test=\?)|click USING INTEGER PRIMARY KEY \(rowid=\?\)$|sale USING INDEX events_dedupe \(site_id=\? AND dedupe_key=\?\)$)/,
        );
      }
      // The few candidates may be sorted, not what they were taken from.
      expect(["", "USE TEMP B-TREE FOR ORDER BY"]).toContain(sortsOf(plan).join(", "));
    },
  );
});
