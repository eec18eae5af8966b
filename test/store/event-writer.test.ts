import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { eventually } from "../support/clock.ts";
import { newEvent, rejection } from "../support/store.ts";
import { openTestWriter, type TestWriter } from "../support/writer.ts";

const GB = 1024 ** 3;

const countEvents = async ({ sql }: TestWriter): Promise<unknown> =>
  (await sql.execute("SELECT count(*) AS n FROM events")).rows[0]?.n;

const many = (count: number) => Array.from({ length: count }, () => newEvent());

/** After the turn in which what waits goes out to a writer that had nothing to do. */
const sentOut = () => new Promise((resolveTurn) => setImmediate(resolveTurn));

describe("group commit", () => {
  test("stores all appends of one turn of the event loop in one batch", async () => {
    await using at = await openTestWriter();
    const before = at.writer.commits();
    await Promise.all(Array.from({ length: 300 }, () => at.writer.append([newEvent()])));
    expect(at.writer.commits() - before).toBe(1);
    expect(await countEvents(at)).toBe(300);
  });

  test("gathers what arrives during a commit into the next batch", async () => {
    await using at = await openTestWriter();
    const before = at.writer.commits();
    const first = at.writer.append(many(200));
    await sentOut();
    const others = Array.from({ length: 100 }, () => at.writer.append([newEvent()]));
    await Promise.all([first, ...others]);
    expect(at.writer.commits() - before).toBe(2);
  });

  test("sends ahead as many events as are being committed, but no handful, and one batch at most", async () => {
    await using at = await openTestWriter();
    const other = await at.sql.transaction("write");
    const before = at.writer.commits();
    const sent = () => at.writer.commits() - before;
    const appended = [at.writer.append([newEvent()])];
    await sentOut();
    const append = (count: number) => appended.push(at.writer.append(many(count)));
    append(7);
    expect(sent()).toBe(1);
    append(1);
    expect(sent()).toBe(2);
    append(1_000);
    expect(sent()).toBe(2);
    await other.rollback();
    await Promise.all(appended);
    expect(sent()).toBe(3);
    expect(await countEvents(at)).toBe(1_009);
  });

  test("sends nothing ahead of a command that waits", async () => {
    await using at = await openTestWriter();
    const other = await at.sql.transaction("write");
    const done: string[] = [];
    const note = (name: string) => () => done.push(name);
    const first = at.writer.append(many(10)).then(note("first"));
    await sentOut();
    const command = at.writer.run("kvSet", { key: "a", value: "", expiresAtMs: null }).then(note("command"));
    const second = at.writer.append(many(100)).then(note("second"));
    await other.rollback();
    await Promise.all([first, command, second]);
    expect(done).toEqual(["first", "command", "second"]);
  });

  test("splits what is too much for one batch between requests, never within one", async () => {
    await using at = await openTestWriter();
    const before = at.writer.commits();
    const requests = [6_000, 6_000, 3_000, 12_000, 1].map((size) => Array.from({ length: size }, () => newEvent()));
    await Promise.all(requests.map((events) => at.writer.append(events)));
    expect(at.writer.commits() - before).toBe(4);
    expect(await countEvents(at)).toBe(27_001);
  });

  test("lets commands through between batches, one at a time", async () => {
    await using at = await openTestWriter();
    const done: string[] = [];
    const note = (name: string) => () => done.push(name);
    const set = (key: string) => at.writer.run("kvSet", { key, value: "", expiresAtMs: null }).then(note(key));
    // Two batches by size, and three commands, all waiting at once.
    const batch = () => at.writer.append(Array.from({ length: 6_000 }, () => newEvent())).then(note("batch"));
    await Promise.all([set("a"), set("b"), set("c"), batch(), batch()]);
    expect(done).toEqual(["batch", "a", "batch", "b", "c"]);
  });
});

describe("a batch that was sent ahead", () => {
  const rows = (id: number) => ({ rows: JSON.stringify([[id, 1, 1, "pageview", 1]]), count: 1 });
  const request = (part: { rows: string; count: number }, isAhead: boolean) => ({
    kind: "append" as const,
    parts: [part],
    keyed: false,
    rare: 0,
    again: false,
    isAhead,
  });

  test("is left alone by the Worker when the one before it fails", async () => {
    await using at = await openTestWriter();
    const wrong = { rows: "[[1", count: 1 };
    const replies = await Promise.all([
      at.link.send(request(wrong, false)),
      at.link.send(request(rows(2), true)),
      at.link.send(request(rows(3), true)),
      at.link.send(request(rows(4), false)),
      at.link.send(request(rows(5), true)),
    ]);
    const outcomes = replies.map((reply) => (reply.ok ? "stored" : reply.failure));
    expect(outcomes).toEqual(["bad_row", "skipped", "skipped", "stored", "stored"]);
    expect((await at.sql.execute("SELECT id FROM events ORDER BY id")).rows.map(({ id }) => id)).toEqual([4, 5]);
  });

  test("is stored behind one that the database does not take at first", async () => {
    await using at = await openTestWriter();
    const other = await at.sql.transaction("write");
    const order: string[] = [];
    const append = async (name: string) => {
      const results = await at.writer.append(many(10));
      order.push(name);
      return results.map((result) => (result.outcome === "rejected" ? 0 : result.id));
    };
    const first = append("first");
    await sentOut();
    const second = append("second");
    expect(at.writer.commits()).toBe(2);
    // Longer than SQLite itself waits for the lock: the first is tried again.
    const until = performance.now() + 300;
    await eventually("the time is over", 1_000, () => performance.now() > until);
    await other.rollback();
    expect(Math.max(...(await first))).toBeLessThan(Math.min(...(await second)));
    expect(order).toEqual(["first", "second"]);
    expect(await countEvents(at)).toBe(20);
  });

  test("is stored whole behind one that has an event which cannot be stored", async () => {
    await using at = await openTestWriter();
    const first = at.writer.append([...many(9), newEvent({ data: "{" })]);
    await sentOut();
    const second = at.writer.append(many(10));
    expect(at.writer.commits()).toBe(2);
    const [outcomes, others] = await Promise.all([first, second]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([...new Array(9).fill("stored"), "rejected"]);
    const idsOf = (results: typeof outcomes) => results.flatMap((result) => ("id" in result ? result.id : []));
    expect(idsOf(others)).toHaveLength(10);
    expect(Math.max(...idsOf(outcomes))).toBeLessThan(Math.min(...idsOf(others)));
    expect(await countEvents(at)).toBe(19);
  });
});

describe("the queue", () => {
  test("refuses at once what is too many events, and takes more when there is room", async () => {
    await using at = await openTestWriter({ limits: { events: 10, bytes: GB } });
    const accepted = Array.from({ length: 10 }, () => at.writer.append([newEvent()]));
    let stored = 0;
    for (const each of accepted) void each.then(() => stored++);
    const error = await rejection(at.writer.append([newEvent()]));
    expect(stored).toBe(0);
    expect(error).toMatchObject({ code: "overloaded", retryAfter: 1 });
    await Promise.all(accepted);
    expect(await rejection(at.writer.append(Array.from({ length: 11 }, () => newEvent())))).toMatchObject({
      code: "overloaded",
    });
    await at.writer.append([newEvent()]);
    expect(await countEvents(at)).toBe(11);
  });

  test("refuses at once what is too many bytes", async () => {
    await using at = await openTestWriter({ limits: { events: 1_000, bytes: 100_000 } });
    const big = () => newEvent({ url: "x".repeat(30_000) });
    const accepted = [1, 2, 3].map(() => at.writer.append([big()]));
    expect(await rejection(at.writer.append([big()]))).toMatchObject({ code: "overloaded", retryAfter: 1 });
    await Promise.all(accepted);
    await at.writer.append([big()]);
    expect(await countEvents(at)).toBe(4);
  });

  test("holds a bounded number of commands", async () => {
    await using at = await openTestWriter();
    const set = () => at.writer.run("kvSet", { key: "a", value: "", expiresAtMs: null });
    const accepted = Array.from({ length: 1_000 }, set);
    expect(await rejection(set())).toMatchObject({ code: "overloaded" });
    await Promise.all(accepted);
  });
});

describe("a database that another connection keeps busy", () => {
  test("delays appends and commands, and loses none", async () => {
    await using at = await openTestWriter();
    const other = await at.sql.transaction("write");
    let settled = 0;
    const waiting = [
      ...Array.from({ length: 20 }, () => at.writer.append([newEvent(), newEvent({ dedupeKey: "e:same" })])),
      at.writer.run("kvSet", { key: "a", value: "1", expiresAtMs: null }),
    ];
    for (const each of waiting) void each.then(() => settled++);
    await other.execute("INSERT INTO kv (key, value) VALUES ('other', '1')");
    // Long enough for several rounds of SQLite's own waiting.
    const until = performance.now() + 300;
    await eventually("the time is over", 1_000, () => performance.now() > until);
    expect(settled).toBe(0);
    await other.commit();
    await Promise.all(waiting);
    expect(await countEvents(at)).toBe(21);
    expect((await at.sql.execute("SELECT count(*) AS n FROM kv")).rows[0]?.n).toBe(2);
  });
});

describe("the death of the writer's Worker", () => {
  const script = (how: string) => `${resolve(import.meta.dir, "dying-worker.ts")}?how=${how}`;

  test.each(["throw", "exit"])("(%s) rejects what is under way and what waits, and is told once", async (how) => {
    await using at = await openTestWriter({ script: new URL(script(how), "file://").href });
    const appended = at.writer.append([newEvent()]);
    const command = at.writer.run("kvSet", { key: "a", value: "", expiresAtMs: null });
    for (const lost of [appended, command]) expect((await rejection(lost)).message).toContain("worker has ended");
    expect((await rejection(at.writer.append([newEvent()]))).message).toContain("worker has ended");
    await at.writer.close();
    expect(at.deaths).toHaveLength(1);
  });

  test("at the writer's own wish is no death, and leaves nobody waiting", async () => {
    await using at = await openTestWriter();
    const other = await at.sql.transaction("write");
    const appended = at.writer.append([newEvent()]);
    await eventually("the batch has gone out", 1_000, () => at.writer.commits() === 1);
    at.link.terminate();
    expect((await rejection(appended)).message).toBe("The writer is closed");
    await other.rollback();
    await at.writer.close();
    expect(at.deaths).toEqual([]);
  });
});
