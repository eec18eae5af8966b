import { describe, expect, test } from "bun:test";
import type { AppendResult, Store } from "../../src/domain/ports.ts";
import { startSqld } from "../support/sqld.ts";
import { appendAll, createServerDatabase, newEvent, openTestStore, rejection } from "../support/store.ts";
import { type Fate, startWay } from "../support/way.ts";

const loseRequest = (): Fate => "lose request";
const loseAnswer = (): Fate => "lose answer";
const double = (): Fate => "double";

/** Long enough for four losses in a row. */
const PATIENCE_MS = 1_000;

async function setUp() {
  const database = await createServerDatabase();
  const way = startWay((database.location as { url: string }).url);
  const store = await openTestStore({ kind: "remote", url: way.url }, { patienceMs: PATIENCE_MS });
  return {
    database,
    way,
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await way[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const outcomes = (results: readonly AppendResult[]) => results.map(({ outcome }) => outcome);
const ids = (results: readonly AppendResult[]) => results.map((result) => ("id" in result ? result.id : Number.NaN));

async function storedIds(store: Store): Promise<number[]> {
  const page = await store.reader.listEvents({ filter: { siteId: 1 }, order: "received", limit: 1_000, count: true });
  expect(page.total).toBe(page.events.length);
  return page.events.map(({ id }) => id);
}

describe("on a way on which answers get lost, an append", () => {
  const losses: readonly (readonly [what: string, fates: readonly (() => Fate)[]])[] = [
    ["one request", [loseRequest]],
    ["one answer", [loseAnswer]],
    ["two answers", [loseAnswer, loseAnswer]],
    ["an answer, then a request", [loseAnswer, loseRequest]],
    ["a request, then an answer", [loseRequest, loseAnswer]],
    ["none, but the request arrives twice", [double]],
    ["an answer, then the next arrives twice", [loseAnswer, double]],
  ];

  test.each(losses.filter(([, fates]) => fates.length === 1))(
    "stores every event once, and says so of its own: %s",
    async (_, fates) => {
      await using at = await setUp();
      const events = Array.from({ length: 50 }, () => newEvent());
      at.way.next(...fates);
      const results = await at.store.writer.append(events);
      expect(outcomes(results)).toEqual(events.map(() => "stored"));
      expect(await storedIds(at.store)).toEqual(ids(results));
    },
  );

  test.each(losses)("tells its own keyed events from earlier ones and from repeats in itself: %s", async (_, fates) => {
    await using at = await setUp();
    const [earlier] = (await appendAll(at.store, [newEvent({ dedupeKey: "e:earlier" })])) as [number];
    at.way.next(...fates);
    const keys = ["e:own", null, "e:earlier", "e:own", null, "e:other"];
    const results = await at.store.writer.append(keys.map((dedupeKey) => newEvent({ dedupeKey })));
    expect(outcomes(results)).toEqual(["stored", "stored", "duplicate", "duplicate", "stored", "stored"]);
    const [own, second, , , fifth, sixth] = ids(results) as [number, number, number, number, number, number];
    expect(ids(results)).toEqual([own, second, earlier, own, fifth, sixth]);
    expect(await storedIds(at.store)).toEqual([earlier, own, second, fifth, sixth]);
  });

  test("whose ids another process took meanwhile stores its events under others: none is taken for stored", async () => {
    await using at = await setUp();
    const [first] = (await appendAll(at.store, [newEvent()])) as [number];
    at.way.next(async (): Promise<Fate> => {
      // The clock stands still, so the next ids are known.
      const taken = Array.from({ length: 20 }, (_, n) => first + 1 + n);
      await at.database.sql.execute({
        sql: `INSERT INTO events (id, received_offset, site_id, type, occurred_at)
              SELECT value, 0, 9, 'theirs', 0 FROM json_each(?)`,
        args: [JSON.stringify(taken)],
      });
      return "lose request";
    });
    const results = await at.store.writer.append(Array.from({ length: 10 }, () => newEvent({ name: "ours" })));
    expect(outcomes(results)).toEqual(Array.from({ length: 10 }, () => "stored" as const));
    expect(await storedIds(at.store)).toEqual([first, ...ids(results)]);
    expect(await at.store.reader.findEvent(ids(results)[0] as number)).toMatchObject({ name: "ours" });
  });

  test("that never gets an answer is overloaded; sent again with its keys it is stored once", async () => {
    await using at = await setUp();
    at.way.next(...Array.from({ length: 50 }, () => loseAnswer));
    const event = newEvent({ dedupeKey: "e:a" });
    expect(await rejection(at.store.writer.append([event]))).toMatchObject({ code: "overloaded", retryAfter: 5 });
    at.way.clear();
    const [again] = await at.store.writer.append([event]);
    expect(again?.outcome).toBe("duplicate");
    expect(await storedIds(at.store)).toHaveLength(1);
  });
});

describe("a libSQL server that is away", () => {
  test("makes reads, settings and appends overloaded, to be tried again", async () => {
    await using server = await startSqld();
    const store = await openTestStore({ kind: "remote", url: server.url }, { patienceMs: 100 });
    await appendAll(store, [newEvent()]);
    server.signal("SIGKILL");
    const overloaded = { code: "overloaded" };
    const list = store.reader.listEvents({ filter: { siteId: 1 }, order: "desc", limit: 1, count: true });
    expect(await rejection(list)).toMatchObject(overloaded);
    expect(await rejection(store.reader.findEvent(1))).toMatchObject(overloaded);
    expect(await rejection(store.keys.findKey("abcdefgh"))).toMatchObject(overloaded);
    expect(await rejection(store.sites.findSite({ by: "id", id: 1 }))).toMatchObject(overloaded);
    expect(await rejection(store.sites.listSites())).toMatchObject(overloaded);
    expect(await rejection(store.kv.get("a"))).toMatchObject(overloaded);
    expect(await rejection(store.kv.set("a", "1"))).toMatchObject(overloaded);
    expect(await rejection(store.ping())).toMatchObject(overloaded);
    expect(await rejection(store.writer.append([newEvent()]))).toMatchObject(overloaded);
    await store.close();
  });

  test("that hangs is given up at the read's deadline, and read again when it goes on", async () => {
    await using server = await startSqld();
    const store = await openTestStore({ kind: "remote", url: server.url }, { readDeadlineMs: 200 });
    const [id] = (await appendAll(store, [newEvent()])) as [number];
    server.signal("SIGSTOP");
    expect(await rejection(store.reader.findEvent(id))).toMatchObject({ code: "deadline_exceeded" });
    server.signal("SIGCONT");
    expect((await store.reader.findEvent(id))?.id).toBe(id);
    await store.close();
  });
});
