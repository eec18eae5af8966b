import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createReadPool, type ReadPool, type ReadPoolOptions } from "../../src/store/read-pool.ts";
import { ENDLESS } from "../support/endless.ts";
import { appendAll, createFileDatabase, newEvent, rejection } from "../support/store.ts";

let database: Awaited<ReturnType<typeof createFileDatabase>>;

beforeAll(async () => {
  database = await createFileDatabase();
  await appendAll(await database.open(), [newEvent()]);
});
afterAll(() => database[Symbol.asyncDispose]());

function openPool(said: Partial<ReadPoolOptions> = {}): ReadPool & AsyncDisposable {
  const pool = createReadPool({ path: database.path, connections: 1, maxWaiting: 4, deadlineMs: 150, ...said });
  return { ...pool, [Symbol.asyncDispose]: pool.close };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error) => error.code ?? String(error),
  );

const countEvents = (pool: ReadPool) => pool.query("SELECT count(*) FROM events", []);

describe("a read in the pool", () => {
  test("gives one cell: a number, a text, or null where there is no row", async () => {
    await using pool = openPool({ deadlineMs: 5_000 });
    expect(await countEvents(pool)).toBe(1);
    expect(await pool.query("SELECT json_group_array(?1 || type) FROM events", ["a "])).toBe('["a pageview"]');
    expect(await pool.query("SELECT 1 WHERE ?1 = 2", [1])).toBeNull();
  });

  test("that never ends is stopped at its deadline, and its connection goes on", async () => {
    await using pool = openPool();
    for (let round = 0; round < 3; round++) {
      const begun = performance.now();
      expect(await codeOf(pool.query(ENDLESS, []))).toBe("deadline_exceeded");
      const took = performance.now() - begun;
      expect(took).toBeGreaterThanOrEqual(145);
      expect(took).toBeLessThan(2_000);
      expect(await countEvents(pool)).toBe(1);
    }
  });

  test("is stopped also while what earlier reads left behind is collected", async () => {
    const script = join(import.meta.dir, "collect-garbage.ts");
    // Killed when its event loop stands still: nothing in it would end it.
    const child = Bun.spawn([process.execPath, script, database.path], { timeout: 20_000, killSignal: "SIGKILL" });
    expect(await new Response(child.stdout).text()).toBe("deadline_exceeded\n".repeat(3));
    expect(await child.exited).toBe(0);
  }, 30_000);

  test("of one pool does not wait for endless ones of another", async () => {
    const script = join(import.meta.dir, "busy-queries.ts");
    await using own = await createFileDatabase();
    const child = Bun.spawn([process.execPath, script, own.path], { timeout: 20_000, killSignal: "SIGKILL" });
    expect(Number(await new Response(child.stdout).text())).toBeGreaterThan(20);
    expect(await child.exited).toBe(0);
  }, 30_000);

  test("that was stopped leaves no transaction open: later reads see what was stored since", async () => {
    await using own = await createFileDatabase();
    const store = await own.open();
    const pool = createReadPool({ path: own.path, connections: 1, maxWaiting: 1, deadlineMs: 100 });
    for (let n = 1; n <= 5; n++) {
      await codeOf(pool.query(`SELECT (SELECT count(*) FROM events) + (${ENDLESS})`, []));
      await appendAll(store, [newEvent()]);
      expect(await countEvents(pool)).toBe(n);
    }
    await pool.close();
  });

  test("that never ends holds up neither others nor the event loop", async () => {
    await using pool = openPool({ connections: 2, deadlineMs: 600 });
    const endless = codeOf(pool.query(ENDLESS, []));
    let longest = 0;
    let last = performance.now();
    const heartbeat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    let others = 0;
    let isOver = false;
    void endless.then(() => {
      isOver = true;
    });
    while (!isOver) {
      expect(await countEvents(pool)).toBe(1);
      others += 1;
    }
    clearInterval(heartbeat);
    expect(await endless).toBe("deadline_exceeded");
    expect(others).toBeGreaterThan(20);
    // The query runs for 600 ms; on the main thread the gap would be as long.
    expect(longest).toBeLessThan(300);
  });

  test("waits for its turn, in a queue that is bounded, and then has all of its deadline", async () => {
    await using pool = openPool({ maxWaiting: 2 });
    const reads = [codeOf(pool.query(ENDLESS, [])), codeOf(pool.query(ENDLESS, [])), countEvents(pool)];
    const begun = performance.now();
    expect(await codeOf(countEvents(pool))).toBe("overloaded");
    expect(performance.now() - begun).toBeLessThan(100);
    expect(await Promise.all(reads)).toEqual(["deadline_exceeded", "deadline_exceeded", 1]);
    // One after the other, each for 150 ms.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(290);
  });

  test("that has waited too long for its turn is told to come back, not that it took too long", async () => {
    await using pool = openPool({ maxWaitMs: 20, deadlineMs: 1_000 });
    const first = codeOf(pool.query(ENDLESS, []));
    let isFirstOver = false;
    void first.then(() => {
      isFirstOver = true;
    });
    expect(await codeOf(countEvents(pool))).toBe("overloaded");
    expect(isFirstOver).toBe(false);
    expect(await first).toBe("deadline_exceeded");
    expect(await countEvents(pool)).toBe(1);
  });

  test("comes to its turn in the order of asking", async () => {
    await using pool = openPool({ maxWaiting: 50, deadlineMs: 5_000 });
    const order: number[] = [];
    const ask = (n: number) => pool.query("SELECT ?1", [n]).then(() => order.push(n));
    await Promise.all(Array.from({ length: 30 }, (_, n) => ask(n)));
    expect(order).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  test("that is wrong fails alone, again and again", async () => {
    await using pool = openPool({ deadlineMs: 5_000 });
    for (let n = 0; n < 20; n++)
      expect((await rejection(pool.query("SELECT a FROM nowhere", []))).message).toContain("no such table");
    expect(await countEvents(pool)).toBe(1);
  });
});

describe("closing the pool", () => {
  test("stops what runs, refuses what waits and what comes, and resolves soon", async () => {
    const pool = openPool({ connections: 2, maxWaiting: 5, deadlineMs: 60_000 });
    const reads = [codeOf(pool.query(ENDLESS, []))];
    // Once the second connection has answered, the first one is at work.
    expect(await countEvents(pool)).toBe(1);
    reads.push(...Array.from({ length: 5 }, () => codeOf(pool.query(ENDLESS, []))));
    const begun = performance.now();
    await pool.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(await Promise.all(reads)).toEqual(Array(6).fill("overloaded"));
    expect(await codeOf(countEvents(pool))).toBe("overloaded");
  });

  test("while a connection is being opened leaves nothing running", async () => {
    for (let round = 0; round < 10; round++) {
      const pool = openPool({ deadlineMs: 60_000 });
      const read = codeOf(pool.query(ENDLESS, []));
      await pool.close();
      expect(await read).toBe("overloaded");
    }
  });
});
