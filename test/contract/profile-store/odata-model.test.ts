import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SOURCE, useServer } from "../../support/server.ts";
import { createKey, createScope, listed, postBulk, type Track } from "./fixture.ts";
import { rowOf, type TrackBody, trackBody } from "./model/events.ts";
import { bool, number, string } from "./model/odata-expressions.ts";
import { compareText, type Row } from "./model/values.ts";

/** The same events and filters each time; another seed finds other mistakes. */
const SEED = 20_260_615;
const EVENTS = 60;
const RUNS = 600;

describe("an OData query answers what the language says", () => {
  const server = useServer(() => SOURCE.start());
  const bodies: readonly TrackBody[] = fc.sample(trackBody, { seed: SEED, numRuns: EVENTS });
  let stored: readonly { readonly row: Row; readonly track: Track }[] = [];
  let key = "";
  beforeAll(async () => {
    const { scope, siteId } = await createScope(server());
    key = await createKey(server(), siteId);
    const { items } = await postBulk(
      server(),
      bodies.map((body) => ({ ...body, Scope: scope })),
    );
    stored = items.map((track, at) => ({ track, row: rowOf(bodies[at] ?? {}) }));
  });

  const newestFirst = (a: { row: Row; track: Track }, b: { row: Row; track: Track }): number => {
    const difference = b.row.time - a.row.time || BigInt(b.track.TrackId) - BigInt(a.track.TrackId);
    return difference < 0n ? -1 : 1;
  };

  test("of a filter", async () => {
    await fc.assert(
      fc.asyncProperty(bool, fc.nat({ max: 10 }), fc.nat({ max: 20 }), async (filter, skip, top) => {
        const found = await listed(server(), { $filter: filter.text, $skip: skip, $top: top }, { key });
        const matching = stored.filter(({ row }) => filter.of(row) === true).toSorted(newestFirst);
        expect(found.total).toBe(matching.length);
        expect(found.items).toEqual(matching.slice(skip, skip + top).map(({ track }) => track));
        expect(found.count).toBe(found.items.length);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  }, 120_000);

  test("of an order, in which null is the least", async () => {
    const keys = fc.tuple(fc.oneof(string, number), fc.constantFrom("", " asc", " desc", " DESC"));
    await fc.assert(
      fc.asyncProperty(fc.array(keys, { minLength: 1, maxLength: 2 }), async (order) => {
        const found = await listed(
          server(),
          { $orderby: order.map(([by, direction]) => by.text + direction).join(","), $top: 30 },
          { key },
        );
        const sorted = stored.toSorted((a, b) => {
          for (const [by, direction] of order) {
            const [x, y] = [by.of(a.row), by.of(b.row)];
            const sign = direction.toLowerCase() === " desc" ? -1 : 1;
            if (x === null || y === null) {
              if (x !== y) return x === null ? -sign : sign;
              continue;
            }
            const difference = typeof x === "string" ? compareText(x, String(y)) : x - Number(y);
            if (difference !== 0) return sign * difference;
          }
          return newestFirst(a, b);
        });
        expect(found.items.map((item) => item.TrackId)).toEqual(sorted.slice(0, 30).map(({ track }) => track.TrackId));
      }),
      { seed: SEED, numRuns: RUNS / 4 },
    );
  }, 120_000);
});
