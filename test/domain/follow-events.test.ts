import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  createFollowEvents,
  type FollowQuery,
  type FollowStep,
  type FollowTiming,
} from "../../src/domain/follow-events.ts";
import type { EventFilter, Store } from "../../src/domain/ports.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { appendAll, createFileDatabase, newEvent, type TestDatabase } from "../support/store.ts";

const NEVER_MS = 3_600_000;
/** Nothing happens by itself. */
const TOLD_ONLY: FollowTiming = { heartbeatMs: NEVER_MS, pollMs: NEVER_MS, pauseMs: 0 };

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createFileDatabase();
  store = await database.open({ clock: systemClock, durability: "normal" });
});
afterAll(() => database[Symbol.asyncDispose]());

let sites = 0;

/** Follows a new site from now on. */
async function follow(
  said: { timing?: FollowTiming; filter?: Omit<EventFilter, "siteId"> } & Partial<Omit<FollowQuery, "filter">> = {},
) {
  sites += 1;
  const siteId = sites;
  const stop = new AbortController();
  const { timing = TOLD_ONLY, filter, ...rest } = said;
  const steps = createFollowEvents({ reader: store.reader, arrivals: store.arrivals, timing })({
    after: (await store.reader.findLast()) ?? { occurredAt: 0, occurredSub: 0, id: 0 },
    mayGoOn: async () => true,
    signal: stop.signal,
    ...rest,
    filter: { ...filter, siteId },
  });
  return { siteId, steps, stop: () => stop.abort() };
}

async function nextOf(steps: AsyncGenerator<FollowStep, void, void>): Promise<FollowStep> {
  const { done, value } = await steps.next();
  if (done) throw new Error("It has ended");
  return value;
}

async function takeIds(steps: AsyncGenerator<FollowStep, void, void>, count: number): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < count) ids.push(...(await nextOf(steps)).events.map(({ id }) => id));
  return ids;
}

describe("who follows a site", () => {
  test("gets each event once and in order, however many come at the same time, and none of another site", async () => {
    const { siteId, steps, stop } = await follow();
    const following = takeIds(steps, 1_500);
    const stored = await Promise.all(
      Array.from({ length: 30 }, async (_, writer) => {
        const ids: number[] = [];
        for (let n = 0; n < 10; n++) {
          ids.push(
            ...(await appendAll(
              store,
              Array.from({ length: 5 }, () => newEvent({ siteId })),
            )),
          );
          await appendAll(store, [newEvent({ siteId: 1_000 + writer })]);
        }
        return ids;
      }),
    );
    expect(await following).toEqual(stored.flat().sort((a, b) => a - b));
    stop();
  });

  test("and takes them slowly falls behind, and misses nothing", async () => {
    const { siteId, steps, stop } = await follow();
    const first = await appendAll(store, [newEvent({ siteId })]);
    expect(await takeIds(steps, 1)).toEqual(first);
    // Nobody asks for a step meanwhile.
    const missed = await appendAll(
      store,
      Array.from({ length: 2_500 }, () => newEvent({ siteId })),
    );
    expect(await takeIds(steps, 2_500)).toEqual(missed);
    stop();
  });

  test("from a place in the past first gets what came since", async () => {
    const siteId = sites + 1;
    const [early = 0, ...late] = await appendAll(store, [
      newEvent({ siteId }),
      newEvent({ siteId }),
      newEvent({ siteId }),
    ]);
    const { steps, stop } = await follow({ after: { occurredAt: 0, occurredSub: 0, id: early } });
    expect(await takeIds(steps, 2)).toEqual(late);
    stop();
  });

  test("gets only what matches the filter, and is told how far the rest has been looked at", async () => {
    const timing = { heartbeatMs: 30, pollMs: 5, pauseMs: 0 };
    const { siteId, steps, stop } = await follow({ filter: { type: "click" }, timing });
    const [click] = await appendAll(store, [newEvent({ siteId, type: "click" }), newEvent({ siteId })]);
    expect(await takeIds(steps, 1)).toEqual([click as number]);
    const [last = 0] = await appendAll(store, [newEvent({ siteId }), newEvent({ siteId })]).then((ids) =>
      ids.slice(-1),
    );
    let step = await nextOf(steps);
    while (step.position.id < last) step = await nextOf(steps);
    expect(step.events).toEqual([]);
    expect(step.position.id).toBe(last);
    stop();
  });

  test("is given a sign of life when nothing comes", async () => {
    const { steps, stop } = await follow({ timing: { heartbeatMs: 20, pollMs: NEVER_MS, pauseMs: 0 } });
    for (let n = 0; n < 3; n++) expect((await nextOf(steps)).events).toEqual([]);
    stop();
  });

  test("gets what another process stores, although that tells nobody", async () => {
    await using shared = await createFileDatabase();
    const server = await shared.open();
    const other = await shared.open({ role: "command" });
    const stop = new AbortController();
    const timing = { heartbeatMs: NEVER_MS, pollMs: 10, pauseMs: 0 };
    const steps = createFollowEvents({ reader: server.reader, arrivals: server.arrivals, timing })({
      filter: { siteId: 1 },
      after: { occurredAt: 0, occurredSub: 0, id: 0 },
      mayGoOn: async () => true,
      signal: stop.signal,
    });
    const following = takeIds(steps, 2);
    const ids = await appendAll(other, [newEvent(), newEvent()]);
    expect(await following).toEqual(ids);
    stop.abort();
  });
});

describe("following ends", () => {
  test("at once when it is told to, also while it waits for an hour", async () => {
    const { steps, stop } = await follow();
    const waiting = steps.next();
    await appendAll(store, [newEvent({ siteId: 99_999 })]);
    stop();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test("when the one who follows may no longer see the events", async () => {
    let mayGoOn = true;
    const { siteId, steps } = await follow({ mayGoOn: async () => mayGoOn });
    const ids = await appendAll(store, [newEvent({ siteId })]);
    expect(await takeIds(steps, 1)).toEqual(ids);
    mayGoOn = false;
    const ending = steps.next();
    await appendAll(store, [newEvent({ siteId })]);
    expect((await ending).done).toBeTrue();
  });

  test("with the error of the database", async () => {
    const failure = new Error("The disk is gone");
    const steps = createFollowEvents({
      reader: { scanEvents: () => Promise.reject(failure) },
      arrivals: store.arrivals,
      timing: TOLD_ONLY,
    })({
      filter: { siteId: 1 },
      after: { occurredAt: 0, occurredSub: 0, id: 0 },
      mayGoOn: async () => true,
      signal: new AbortController().signal,
    });
    expect(await steps.next().catch((error: unknown) => error)).toBe(failure);
  });
});

test("a busy writer is looked at after a pause, not after each of its transactions", async () => {
  let looks = 0;
  const stop = new AbortController();
  const reader = {
    scanEvents: async () => {
      looks += 1;
      return { events: [], next: null };
    },
  };
  let tell = () => {};
  const arrivals = {
    onStored(listener: () => void) {
      tell = listener;
      return { [Symbol.dispose]: () => {} };
    },
  };
  const steps = createFollowEvents({ reader, arrivals, timing: { ...TOLD_ONLY, pauseMs: NEVER_MS } })({
    filter: { siteId: 1 },
    after: { occurredAt: 0, occurredSub: 0, id: 0 },
    mayGoOn: async () => true,
    signal: stop.signal,
  });
  const ending = steps.next();
  for (let n = 0; n < 100; n++) {
    tell();
    await Bun.sleep(0);
  }
  expect(looks).toBe(1);
  stop.abort();
  expect((await ending).done).toBeTrue();
});
