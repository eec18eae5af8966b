import { describe, expect, test } from "bun:test";
import type { NewEvent } from "../../src/domain/event.ts";
import type { AppendResult, Store } from "../../src/domain/ports.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { eventually } from "../support/clock.ts";
import { type Sqld, startSqld } from "../support/sqld.ts";
import { appendAll, newEvent, openTestStore, rejection } from "../support/store.ts";

/** A server and a store on it; the store is closed first, when the server may be away. */
async function setUp(patienceMs?: number) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startSqld());
  const options = { clock: systemClock, ...(patienceMs === undefined ? {} : { patienceMs }) };
  const store = stack.use(await openTestStore({ kind: "remote", url: server.url }, options));
  return { server, store, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const many = (count: number, said: Partial<NewEvent> = {}) => Array.from({ length: count }, () => newEvent(said));

const idsOf = (results: readonly AppendResult[]) => results.map((result) => ("id" in result ? result.id : 0));

async function storedIds(server: Sqld): Promise<number[]> {
  await using reader = await openTestStore({ kind: "remote", url: server.url }, { role: "command" });
  const ids: number[] = [];
  for (let after = {}; ; ) {
    const page = await reader.reader.listEvents({
      filter: { siteId: 1 },
      order: "asc",
      limit: 1_000,
      count: false,
      ...after,
    });
    ids.push(...page.events.map(({ id }) => id));
    if (!page.next) return ids.toSorted((a, b) => a - b);
    after = { after: page.next };
  }
}

const nextTurn = () => new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));

const isStored = (store: Store) =>
  store.writer.append([newEvent({ siteId: 2 })]).then(
    () => true,
    () => false,
  );

describe("a server that is killed and started again", () => {
  test("lets whoever wrote meanwhile wait, and has every event once", async () => {
    await using at = await setUp();
    const acknowledged: number[] = [];
    let stopped = false;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; !stopped; n++) {
        const keyed = n % 2 === 0 ? { dedupeKey: `e:${writer}.${n}` } : {};
        acknowledged.push(...idsOf(await at.store.writer.append(many(20, keyed).slice(0, n % 2 === 0 ? 1 : 20))));
      }
    });
    for (let death = 0; death < 4; death++) {
      const before = acknowledged.length;
      await eventually("events are stored", 5_000, () => acknowledged.length > before + 200);
      await at.server.kill();
      await at.server.restart();
    }
    stopped = true;
    await Promise.all(writers);
    expect(await storedIds(at.server)).toEqual(acknowledged.toSorted((a, b) => a - b));
  }, 60_000);

  test("lets settings wait, too", async () => {
    await using at = await setUp();
    await at.server.kill();
    const set = at.store.kv.set("a", "1");
    await at.server.restart();
    await set;
    expect(await at.store.kv.get("a")).toBe("1");
  });
});

describe("while a server is away", () => {
  test("events wait in a bounded queue: beyond it they are refused at once, and what was accepted is stored", async () => {
    await using at = await setUp();
    await at.server.kill();
    const accepted: Promise<readonly AppendResult[]>[] = [];
    let refused: unknown;
    while (refused === undefined) {
      const appended = at.store.writer.append(many(10_000));
      refused = await Promise.race([appended.catch((error: unknown) => error), nextTurn()]);
      if (refused === undefined) accepted.push(appended);
    }
    expect(refused).toMatchObject({ code: "overloaded", retryAfter: 1 });
    expect((refused as Error).message).toContain("Too many events are waiting");
    // What is being tried, and what was sent ahead, is no longer in the queue of 100,000.
    expect(accepted.length).toBeWithin(10, 13);
    await at.server.restart();
    const ids = (await Promise.all(accepted)).flatMap(idsOf);
    expect(await storedIds(at.server)).toEqual(ids.toSorted((a, b) => a - b));
  }, 60_000);

  test("what waits is refused together after a while, then everything at once; it recovers by itself", async () => {
    await using at = await setUp(500);
    await appendAll(at.store, many(1));
    await at.server.kill();
    const begun = performance.now();
    const refused = await Promise.all([
      ...Array.from({ length: 20 }, () => rejection(at.store.writer.append(many(1_000)))),
      rejection(at.store.kv.set("a", "1")),
    ]);
    for (const error of refused) expect(error).toMatchObject({ code: "overloaded" });
    expect(performance.now() - begun).toBeLessThan(5_000);
    await eventually("it is known to be away", 5_000, async () => {
      const error = await rejection(at.store.writer.append(many(1)));
      return (error as { retryAfter?: number }).retryAfter === 5;
    });
    expect(await rejection(at.store.kv.set("a", "1"))).toMatchObject({ code: "overloaded", retryAfter: 5 });
    expect(await rejection(at.store.ping())).toMatchObject({ code: "overloaded" });

    await at.server.restart();
    await eventually("events are stored again", 5_000, () => isStored(at.store));
    expect(await at.store.ping()).toBe("ready");
    // What was refused had never reached the server.
    expect(await storedIds(at.server)).toHaveLength(1);
  }, 30_000);

  test("a store can be closed: what waits is refused soon", async () => {
    await using at = await setUp();
    await at.server.kill();
    const waiting = rejection(at.store.writer.append(many(1)));
    await at.store.close();
    expect(await waiting).toMatchObject({ code: "overloaded" });
  }, 30_000);

  test("a server starts waiting for it, a command does not", async () => {
    await using server = await startSqld();
    await server.kill();
    const location = { kind: "remote", url: server.url } as const;
    expect((await rejection(openTestStore(location, { role: "command" }))).message).toContain("cannot be used");
    const opening = openTestStore(location, { patienceMs: 20_000 });
    await server.restart();
    await using store = await opening;
    expect(await store.ping()).toBe("ready");
  }, 30_000);
});

describe("a server that hangs for a moment", () => {
  test("has every event once when it goes on", async () => {
    await using at = await setUp();
    await appendAll(at.store, many(1));
    at.server.signal("SIGSTOP");
    const appended = Array.from({ length: 20 }, () => at.store.writer.append(many(10)));
    expect(await rejection(at.store.ping())).toMatchObject({ code: "deadline_exceeded" });
    at.server.signal("SIGCONT");
    const ids = (await Promise.all(appended)).flatMap(idsOf);
    const stored = await storedIds(at.server);
    expect(stored).toHaveLength(201);
    expect(stored.slice(1)).toEqual(ids.toSorted((a, b) => a - b));
  }, 30_000);
});
