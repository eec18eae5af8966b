import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createPurgeSchedule } from "../../src/domain/purge-schedule.ts";
import { createSite, expectStatus, listEvents, pageView, type Website } from "../contract/collection/fixture.ts";
import { createTestClock } from "../support/clock.ts";
import { startApp, type TestApp } from "../support/server.ts";

/** What deletion is, said in the simplest way: who sees an event, and until when it can come back. */
interface ModelEvent {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly visitor: string;
  readonly time: number;
  /** Null while it can be seen; gone events are in no list at all. */
  deletion: ModelDeletion | null;
}

interface ModelDeletion {
  readonly id: string;
  readonly purgeAt: number;
  state: "deleted" | "restored" | "purged";
  restored: number;
}

interface Filter {
  readonly eventType?: string;
  readonly visitorId?: string;
  readonly from?: number;
  readonly to?: number;
}

const HOUR = 3_600_000;
const START = Date.UTC(2026, 5, 15, 12);
const DAY = Date.UTC(2026, 4, 1);
const CAP = 12;
const SETTINGS = { cron: "0 3 * * *", undoWindowMs: 24 * HOUR };

const types = fc.constantFrom("pageview", "click");
const visitors = fc.constantFrom("v1", "v2", "v3");
const times = fc.integer({ min: -2, max: 3 }).map((n) => DAY + n * 12 * HOUR);
const filters: fc.Arbitrary<Filter> = fc
  .record({ eventType: types, visitorId: visitors, from: times, to: times }, { requiredKeys: [] })
  .filter(({ from, to }) => from === undefined || to === undefined || from <= to);
const pick = fc.nat({ max: 40 });

const operations = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("ingest" as const),
      events: fc.array(
        fc.record({ key: fc.integer({ min: 0, max: 30 }), type: types, visitor: visitors, time: times }),
        {
          minLength: 1,
          maxLength: 6,
        },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("deleteIds" as const), picks: fc.array(pick, { minLength: 1 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("deleteWhere" as const), filter: filters, dryRun: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restore" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restoreAll" as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("erase" as const), visitor: visitors }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("clock" as const), hours: fc.constantFrom(1, 12, 25, 40, -1, -30) }),
  },
);
type Operation = typeof operations extends fc.Arbitrary<infer Value> ? Value : never;

function matches(event: ModelEvent, { eventType, visitorId, from, to }: Filter): boolean {
  return (
    (eventType === undefined || event.type === eventType) &&
    (visitorId === undefined || event.visitor === visitorId) &&
    (from === undefined || event.time >= from) &&
    (to === undefined || event.time <= to)
  );
}

/** One website, and what the model knows of it. */
function createModel(app: TestApp, site: Website, clock: ReturnType<typeof createTestClock>) {
  const schedule = createPurgeSchedule(SETTINGS);
  let events: ModelEvent[] = [];
  const deletions: ModelDeletion[] = [];
  /** Ids of events that are gone for good. */
  const gone: string[] = [];

  const live = () => events.filter(({ deletion }) => deletion === null);
  const waiting = () => events.filter(({ deletion }) => deletion !== null);
  const code = `trackingCode=${site.trackingCode}`;
  /** Of all that ever was, so that gone ones are asked for, too. */
  const idAt = (n: number): string => {
    const all = [...events.map(({ id }) => id), ...gone];
    return all[n % Math.max(1, all.length)] ?? "1";
  };

  function roomFor(wanted: number): { status: number; retryAfter?: number } {
    if (wanted > CAP) return { status: 413 };
    const times = waiting().map(({ deletion }) => deletion?.purgeAt ?? 0);
    const excess = times.length + wanted - CAP;
    if (excess <= 0) return { status: 200 };
    const roomAt = times.toSorted((a, b) => a - b)[excess - 1] ?? 0;
    return { status: 429, retryAfter: Math.max(1, Math.ceil((roomAt - clock.now()) / 1_000)) };
  }

  /** Sends a deletion of `wanted` events, and expects what there is room for; its id where it was accepted. */
  async function expectRoom(response: Response, wanted: readonly ModelEvent[]): Promise<void> {
    const room = wanted.length === 0 ? { status: 200 } : roomFor(wanted.length);
    const body = (await expectStatus(response, room.status)) as {
      deleted: number;
      deletionId: string;
      purgeAt: string;
    };
    if (room.status !== 200) {
      expect(response.headers.get("retry-after")).toBe(room.retryAfter === undefined ? null : String(room.retryAfter));
      return;
    }
    if (body.deleted !== undefined) expect(body.deleted).toBe(wanted.length);
    if (wanted.length === 0) return expect(body.deletionId).toBeNull();
    const purgeAt = schedule.purgeAt(clock.now());
    expect(body.purgeAt).toBe(new Date(purgeAt).toISOString());
    const deletion: ModelDeletion = { id: body.deletionId, purgeAt, state: "deleted", restored: 0 };
    deletions.push(deletion);
    for (const event of wanted) event.deletion = deletion;
  }

  function restoreEvents(deletion: ModelDeletion, chosen: readonly ModelEvent[]): void {
    for (const event of chosen) event.deletion = null;
    deletion.restored += chosen.length;
  }

  function remove(chosen: readonly ModelEvent[]): void {
    gone.push(...chosen.map(({ id }) => id));
    events = events.filter((event) => !chosen.includes(event));
  }

  function endEmpty(deletion: ModelDeletion): void {
    if (deletion.state === "deleted" && !events.some((event) => event.deletion === deletion))
      deletion.state = "restored";
  }

  async function perform(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case "ingest": {
        for (const { key, type, visitor, time } of operation.events) {
          const body = pageView(site, { eventId: `k${key}`, eventType: type, visitorId: visitor, timestamp: time });
          const known = events.find((event) => event.key === `k${key}`);
          const response = await app.request("/api/v1/events", { json: body, key: null });
          const { id } = (await expectStatus(response, known ? 200 : 201)) as { id: string };
          if (known) expect(id).toBe(known.id);
          else events.push({ id, key: `k${key}`, type, visitor, time, deletion: null });
        }
        return;
      }
      case "delete": {
        const id = idAt(operation.pick);
        const found = live().find((event) => event.id === id);
        const response = await app.request(`/api/v1/events/${id}`, { method: "DELETE" });
        if (!found) return void (await expectStatus(response, 404));
        return expectRoom(response, [found]);
      }
      case "deleteIds": {
        const ids = [...new Set(operation.picks.map(idAt))];
        const found = live().filter(({ id }) => ids.includes(id));
        const json = { trackingCode: site.trackingCode, ids };
        const response = await app.request("/api/v1/events/delete", { json });
        const { missing } = (await response.clone().json()) as { missing?: string[] };
        if (response.status === 200)
          expect(missing).toEqual(ids.filter((id) => !found.some((event) => event.id === id)));
        return expectRoom(response, found);
      }
      case "deleteWhere": {
        const { filter, dryRun } = operation;
        const wanted = live().filter((event) => matches(event, filter));
        const query = Object.keys(filter).length === 0 ? { all: "true" } : filter;
        const text = new URLSearchParams({ ...(query as Record<string, string>), dryRun: String(dryRun) });
        const response = await app.request(`/api/v1/events?${code}&${text}`, { method: "DELETE" });
        if (!dryRun) return expectRoom(response, wanted);
        expect(await expectStatus(response, 200)).toMatchObject({ deleted: wanted.length, deletionId: null });
        return;
      }
      case "restore": {
        const id = idAt(operation.pick);
        const found = events.find((event) => event.id === id);
        const response = await app.request(`/api/v1/events/${id}/restore`, { method: "POST" });
        if (!found) return void (await expectStatus(response, 404));
        expect(await expectStatus(response, 200)).toMatchObject({ id });
        const { deletion } = found;
        if (!deletion) return;
        restoreEvents(deletion, [found]);
        endEmpty(deletion);
        return;
      }
      case "restoreAll": {
        const deletion = deletions[operation.pick % Math.max(1, deletions.length)];
        if (!deletion) return;
        const response = await app.request(`/api/v1/deletions/${deletion.id}/restore`, { method: "POST" });
        if (deletion.state !== "deleted") return void (await expectStatus(response, 409));
        restoreEvents(
          deletion,
          events.filter((event) => event.deletion === deletion),
        );
        deletion.state = "restored";
        expect(await expectStatus(response, 200)).toMatchObject({ status: "restored", restored: deletion.restored });
        return;
      }
      case "erase": {
        const found = events.filter(({ visitor }) => visitor === operation.visitor);
        const path = `/api/v1/visitors/${operation.visitor}?${code}`;
        const response = await app.request(path, { method: "DELETE" });
        expect(await expectStatus(response, 200)).toMatchObject({ deleted: found.length });
        remove(found);
        return;
      }
      case "clock": {
        clock.advance(operation.hours * HOUR);
        await app.runJob("purge");
        for (const deletion of deletions) {
          if (deletion.state !== "deleted" || deletion.purgeAt > clock.now()) continue;
          deletion.state = "purged";
          remove(events.filter((event) => event.deletion === deletion));
        }
        return;
      }
    }
  }

  /** Every read agrees with the model. */
  async function check(filter: Filter): Promise<void> {
    const order = (a: ModelEvent, b: ModelEvent) =>
      b.time - a.time || Number.parseInt(b.id, 36) - Number.parseInt(a.id, 36);
    for (const asked of [{}, filter]) {
      const expected = live()
        .filter((event) => matches(event, asked))
        .toSorted(order);
      const { events: found, pagination } = await listEvents(app, site, { ...asked, limit: 1_000 });
      expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      expect(pagination.total).toBe(expected.length);
    }
    const [hidden] = waiting();
    for (const id of [hidden?.id, gone.at(-1)]) {
      if (id !== undefined) await expectStatus(await app.request(`/api/v1/events/${id}`), 404);
    }
    for (const deletion of deletions.slice(-3)) {
      const body = await expectStatus(await app.request(`/api/v1/deletions/${deletion.id}`), 200);
      expect(body).toMatchObject({ status: deletion.state, restored: deletion.restored });
    }
  }

  return { perform, check };
}

describe.each([
  ["marked at once", 1_000],
  ["carried out after their acceptance", 2],
])("deletions that are %s", (_, atOnce) => {
  test("agree with the model after each step, whatever is done: every list, total, single read and status", async () => {
    const clock = createTestClock(START);
    await using app = await startApp({
      config: { maxPendingDeletions: CAP, purgeCron: SETTINGS.cron, undoWindowMs: SETTINGS.undoWindowMs },
      overrides: { clock, atOnce, pause: async () => {} },
    });
    let latest = clock.now();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(operations, filters), { minLength: 20, maxLength: 60 }), async (steps) => {
        // What waits of earlier runs must not count against the cap of this one, however far back its clock went.
        clock.set(latest + 80 * HOUR);
        await app.runJob("purge");
        const model = createModel(app, await createSite(app), clock);
        for (const [operation, filter] of steps) {
          await model.perform(operation);
          await model.check(filter);
          latest = Math.max(latest, clock.now());
        }
      }),
      { numRuns: 25, interruptAfterTimeLimit: 60_000 },
    );
  }, 120_000);
});
