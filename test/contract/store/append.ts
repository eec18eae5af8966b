import { describe, expect, test } from "bun:test";
import type { NewEvent, StoredEvent } from "../../../src/domain/event.ts";
import { appendAll, markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";

/** What an ack promises, and what a repeat gets. */
export function appendContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("append", () => {
    test("answers in the order of the events, with increasing ids and the time of storing", async () => {
      await using database = await createDatabase();
      const { writer } = await database.open();
      const results = await writer.append(Array.from({ length: 200 }, () => newEvent()));
      const ids = results.map((result) => (result.outcome === "stored" ? result.id : Number.NaN));
      expect(ids).toHaveLength(200);
      expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] as number))).toBe(true);
      expect(results.every((result) => result.outcome === "stored" && result.receivedAt === NOON)).toBe(true);
    });

    test("of no events is answered with no results", async () => {
      await using database = await createDatabase();
      const { writer } = await database.open();
      expect(await writer.append([])).toEqual([]);
    });

    test("of 3,000 events stores them all", async () => {
      await using database = await createDatabase();
      const { writer } = await database.open();
      const results = await writer.append(Array.from({ length: 3_000 }, () => newEvent()));
      expect(results.filter((result) => result.outcome === "stored")).toHaveLength(3_000);
      const { rows } = await database.sql.execute("SELECT count(*) AS n FROM events");
      expect(rows[0]?.n).toBe(3_000);
    });

    test("of events that have different columns, in one batch, gives each its own", async () => {
      await using database = await createDatabase();
      const { writer, reader } = await database.open();
      const events = [
        newEvent(),
        newEvent({ occurredSub: 1 }),
        newEvent({ dedupeKey: "e:a", data: '{"properties":{"a":1.10}}' }),
        newEvent({ isTest: true }),
        newEvent({ valueMicros: 0, city: "Köln" }),
        newEvent({ customerKey: "c" }),
      ];
      // In turns: a batch with few columns may come before and after one with many.
      for (const batch of [events.slice(0, 1), events, events.slice(0, 1), events.slice(3)]) {
        const results = await writer.append(batch);
        const found = await Promise.all(results.map((result) => reader.findEvent(idOf(result) as number)));
        expect(found.map((event) => event && withoutNumber(event))).toEqual(batch);
        await database.sql.execute("DELETE FROM events");
      }
    });

    test("of a request larger than 5 MB stores it as a whole, and knows its duplicates", async () => {
      await using database = await createDatabase();
      const { writer, reader } = await database.open();
      // 3 bytes a character: what counts is bytes, not characters.
      const big = JSON.stringify({ properties: { text: "語".repeat(200_000) } });
      const events = Array.from({ length: 12 }, (_, index) => newEvent({ data: big, dedupeKey: `e:${index}` }));
      const first = await writer.append(events);
      expect(first.map(({ outcome }) => outcome)).toEqual(events.map(() => "stored"));
      const second = await writer.append([newEvent({ data: big }), ...events]);
      expect(second.map(({ outcome }) => outcome)).toEqual(["stored", ...events.map(() => "duplicate" as const)]);
      expect(second.slice(1).map(idOf)).toEqual(first.map(idOf));
      expect((await reader.findEvent(idOf(first[11]) as number))?.data).toBe(big);
    });
  });

  describe("a dedupe key", () => {
    test("twice in one batch: the first wins, and both are answered with it", async () => {
      await using database = await createDatabase();
      const { writer, reader } = await database.open();
      const [first, other, second] = await writer.append([
        newEvent({ dedupeKey: "e:a", name: "first" }),
        newEvent({ dedupeKey: "e:b" }),
        newEvent({ dedupeKey: "e:a", name: "second" }),
      ]);
      expect([first?.outcome, other?.outcome, second?.outcome]).toEqual(["stored", "stored", "duplicate"]);
      expect(idOf(second)).toBe(idOf(first) as number);
      expect((await reader.findEvent(idOf(first) as number))?.name).toBe("first");
    });

    test("in a later batch is answered with the first event's id and time", async () => {
      await using database = await createDatabase();
      const clock = { now: () => NOON };
      const { writer } = await database.open({ clock });
      const [stored] = await writer.append([newEvent({ dedupeKey: "e:a" })]);
      clock.now = () => NOON + 5_000;
      const [repeat, fresh] = await writer.append([newEvent({ dedupeKey: "e:a" }), newEvent()]);
      expect(repeat).toEqual({ outcome: "duplicate", id: idOf(stored) as number, receivedAt: NOON });
      expect(fresh).toMatchObject({ outcome: "stored", receivedAt: NOON + 5_000 });
    });

    test("is the site's own: another site may use the same", async () => {
      await using database = await createDatabase();
      const { writer } = await database.open();
      const results = await writer.append([1, 2].map((siteId) => newEvent({ siteId, dedupeKey: "e:a" })));
      expect(results.map(({ outcome }) => outcome)).toEqual(["stored", "stored"]);
    });

    test("sent 50 times at once is stored once", async () => {
      await using database = await createDatabase();
      const { writer } = await database.open();
      const results = await Promise.all(
        Array.from({ length: 50 }, () => writer.append([newEvent({ dedupeKey: "e:a" })])),
      );
      const flat = results.flat();
      expect(flat.filter(({ outcome }) => outcome === "stored")).toHaveLength(1);
      expect(flat.filter(({ outcome }) => outcome === "duplicate")).toHaveLength(49);
      expect(new Set(flat.map(idOf)).size).toBe(1);
    });

    test("sent to two stores of one database at once is stored once", async () => {
      await using database = await createDatabase();
      const stores = [await database.open(), await database.open({ role: "command" })];
      const events = Array.from({ length: 20 }, (_, index) => newEvent({ dedupeKey: `e:${index}` }));
      const answers = await Promise.all(events.flatMap((event) => stores.map(({ writer }) => writer.append([event]))));
      expect(answers.flat().filter(({ outcome }) => outcome === "stored")).toHaveLength(20);
      expect(new Set(answers.flat().map(idOf)).size).toBe(20);
    });

    test("is known after a restart", async () => {
      await using database = await createDatabase();
      const before = await database.open();
      const [id] = await appendAll(before, [newEvent({ dedupeKey: "e:a" })]);
      await before.close();
      const after = await database.open();
      expect(await after.writer.append([newEvent({ dedupeKey: "e:a" })])).toEqual([
        { outcome: "duplicate", id: id as number, receivedAt: NOON },
      ]);
    });

    test("of a soft-deleted event is answered with its id, and leaves it deleted; once removed it is new", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const [id] = (await appendAll(store, [newEvent({ dedupeKey: "e:a" })])) as [number];
      await markDeleted(database.sql, id);
      expect(await store.writer.append([newEvent({ dedupeKey: "e:a" })])).toMatchObject([{ outcome: "duplicate", id }]);
      expect(await store.reader.findEvent(id)).toBeNull();
      await database.sql.execute({ sql: "DELETE FROM events WHERE id = ?", args: [id] });
      const [again] = await store.writer.append([newEvent({ dedupeKey: "e:a" })]);
      expect(again?.outcome).toBe("stored");
      expect(idOf(again)).toBeGreaterThan(id);
    });
  });

  describe("close", () => {
    test("stores what was accepted and refuses what comes after", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const accepted = Promise.all(Array.from({ length: 30 }, () => store.writer.append([newEvent()])));
      const closed = store.close();
      const refused = store.writer.append([newEvent()]);
      expect(await refused.catch((error) => error)).toMatchObject({ code: "overloaded", retryAfter: 1 });
      expect((await accepted).flat().filter(({ outcome }) => outcome === "stored")).toHaveLength(30);
      await closed;
      await store.close();
      const { rows } = await database.sql.execute("SELECT count(*) AS n FROM events");
      expect(rows[0]?.n).toBe(30);
    });
  });
}

function idOf(result: { outcome: string; id?: number } | undefined): number | undefined {
  return result?.id;
}

/** An event without what the store adds. */
function withoutNumber({ id: _id, receivedAt: _at, properties: _properties, ...event }: StoredEvent): NewEvent {
  return event;
}
