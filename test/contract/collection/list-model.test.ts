import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { onEveryTarget } from "../../support/server.ts";
import { createEvents, createSite, listEvents, pageView, type Query, walk } from "./fixture.ts";

/** What a list is, said in the simplest way: filter, then sort. */
interface ModelEvent {
  readonly eventType: string;
  readonly eventName: string | null;
  readonly sessionId: string;
  readonly visitorId: string;
  readonly url: string;
  readonly timestamp: number;
}

interface ModelQuery {
  readonly eventType?: string;
  readonly eventName?: string;
  readonly sessionId?: string;
  readonly visitorId?: string;
  readonly url?: string;
  readonly path?: string;
  readonly from?: number;
  readonly to?: number;
  readonly order?: "asc" | "desc" | "received";
}

const DAY = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 2, 1);

/** Few values, so that events collide; times at, before and after midnights, where counters are cut. */
const times = fc
  .tuple(fc.integer({ min: -2, max: 2 }), fc.constantFrom(-1, 0, 1, 43_200_000, DAY - 1))
  .map(([day, ms]) => MIDNIGHT + day * DAY + ms);
const sessions = fc.constantFrom("s1", "s2");
const visitors = fc.constantFrom("v1", "v2");
const types = fc.constantFrom("pageview", "click", "custom", "conversion");
const names = fc.constantFrom("a", "A");
const urls = fc.constantFrom(
  "https://e.example/",
  "https://e.example/a",
  "https://e.example/a/b?c",
  "https://f.example/ab",
);

const events = fc.array(
  fc.record({
    eventType: types,
    eventName: fc.option(names),
    sessionId: sessions,
    visitorId: visitors,
    url: urls,
    timestamp: times,
  }),
  { minLength: 1, maxLength: 40 },
);

const queries = fc.record(
  {
    eventType: fc.oneof(types, fc.constant("lead")),
    eventName: names,
    sessionId: sessions,
    visitorId: visitors,
    url: urls,
    path: fc.constantFrom("/", "/a", "/a/", "/b"),
    from: times,
    to: times,
    order: fc.constantFrom("asc" as const, "desc" as const, "received" as const),
  },
  { requiredKeys: [] },
);

function matches(event: ModelEvent, query: ModelQuery): boolean {
  return (
    (query.eventType === undefined || event.eventType === query.eventType) &&
    (query.eventName === undefined || event.eventName === query.eventName) &&
    (query.sessionId === undefined || event.sessionId === query.sessionId) &&
    (query.visitorId === undefined || event.visitorId === query.visitorId) &&
    (query.url === undefined || event.url === query.url) &&
    (query.path === undefined || new URL(event.url).pathname.startsWith(query.path)) &&
    (query.from === undefined || event.timestamp >= query.from) &&
    (query.to === undefined || event.timestamp <= query.to)
  );
}

/** Places in the stored order of the events that the query finds, in the order of its list. */
function expected(stored: readonly ModelEvent[], query: ModelQuery): number[] {
  const found = stored.flatMap((event, place) => (matches(event, query) ? [{ place, time: event.timestamp }] : []));
  if (query.order !== "received") found.sort((a, b) => a.time - b.time || a.place - b.place);
  if (query.order === undefined || query.order === "desc") found.reverse();
  return found.map(({ place }) => place);
}

const isOrdered = ({ from, to }: ModelQuery) => from === undefined || to === undefined || from <= to;

describe("GET /api/v1/events", () => {
  onEveryTarget((server) => {
    test("finds, orders and counts as the model does, whatever the events and the filters", async () => {
      const property = fc.asyncProperty(
        events,
        fc.array(queries.filter(isOrdered), { minLength: 8, maxLength: 8 }),
        fc.integer({ min: 1, max: 12 }),
        async (stored, asked, limit) => {
          const site = await createSite(server());
          const sent = stored.map((event) => pageView(site, { ...event }));
          const { events: created } = await createEvents(server(), sent);
          const places = new Map(created.map((event, place) => [event.id, place]));
          for (const query of asked) {
            const found: (number | undefined)[] = [];
            const model = expected(stored, query);
            for await (const page of walk(server(), site, { ...(query as Query), limit })) {
              found.push(...page.events.map((event) => places.get(event.id)));
              expect(page.pagination.total).toBe(model.length);
              // In the order of arrival the cursor never ends.
              if (page.events.length === 0) break;
            }
            expect(found).toEqual(model);
            const skipped = await listEvents(server(), site, { ...(query as Query), limit, offset: limit });
            expect(skipped.events.map((event) => places.get(event.id))).toEqual(model.slice(limit, 2 * limit));
          }
        },
      );
      await fc.assert(property, { numRuns: 25 });
    }, 30_000);
  });
});
