import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRateLimiter, type Rate, type RateLimiter } from "../../src/lib/rate-limiter.ts";
import { createTestClock, TEN_YEARS_MS } from "../support/clock.ts";

const FREE: Rate = { limit: 60, windowMs: 60_000 };

/** How many of `tries` are allowed. */
function takeAll(limiter: RateLimiter, key: string, rate: Rate, tries: number): number {
  let allowed = 0;
  for (let i = 0; i < tries; i++) if (limiter.take(key, rate).isAllowed) allowed += 1;
  return allowed;
}

function open(capacity?: number) {
  const clock = createTestClock();
  return { clock, limiter: createRateLimiter({ clock, ...(capacity === undefined ? {} : { capacity }) }) };
}

describe("60 a minute", () => {
  test("are 60 at once; the 61st comes a second later", () => {
    const { clock, limiter } = open();
    for (let taken = 1; taken <= 60; taken++) {
      expect(limiter.take("a", FREE)).toEqual({
        isAllowed: true,
        remaining: 60 - taken,
        retryMs: 0,
        nextMs: 1_000,
        resetMs: taken * 1_000,
      });
    }
    const refused = { isAllowed: false, remaining: 0, retryMs: 1_000, nextMs: 1_000, resetMs: 60_000 };
    expect(limiter.take("a", FREE)).toEqual(refused);
    expect(limiter.take("a", FREE)).toEqual(refused);
    clock.advance(999);
    expect(limiter.take("a", FREE)).toEqual({ ...refused, retryMs: 1, nextMs: 1, resetMs: 59_001 });
    clock.advance(1);
    expect(limiter.take("a", FREE)).toMatchObject({ isAllowed: true, remaining: 0, resetMs: 60_000 });
    expect(limiter.take("a", FREE).isAllowed).toBe(false);
  });

  test("are there again when their reset says so, and a millisecond before, one is missing", () => {
    for (const [early, allowed] of [
      [1, 59],
      [0, 60],
    ] as const) {
      const { clock, limiter } = open();
      takeAll(limiter, "a", FREE, 60);
      clock.advance(limiter.peek("a", FREE).resetMs - early);
      expect(takeAll(limiter, "a", FREE, 100)).toBe(allowed);
    }
  });

  test("are not 120 around the end of a minute", () => {
    const { clock, limiter } = open();
    clock.set(Date.UTC(2026, 5, 15, 12, 0, 59, 990));
    expect(takeAll(limiter, "a", FREE, 100)).toBe(60);
    clock.set(Date.UTC(2026, 5, 15, 12, 1, 0, 0));
    expect(takeAll(limiter, "a", FREE, 100)).toBe(0);
    clock.advance(1_000);
    expect(takeAll(limiter, "a", FREE, 100)).toBe(1);
  });

  test("are one a second to whoever never stops asking", () => {
    const { clock, limiter } = open();
    takeAll(limiter, "a", FREE, 60);
    let allowed = 0;
    for (let ms = 0; ms < 600_000; ms += 100) {
      clock.advance(100);
      if (limiter.take("a", FREE).isAllowed) allowed += 1;
    }
    expect(allowed).toBe(600);
  });
});

describe("several units", () => {
  test("are taken all or none", () => {
    const { clock, limiter } = open();
    expect(limiter.take("a", FREE, 50)).toMatchObject({ isAllowed: true, remaining: 10 });
    expect(limiter.take("a", FREE, 11)).toMatchObject({ isAllowed: false, remaining: 10, retryMs: 1_000 });
    expect(limiter.take("a", FREE, 10)).toMatchObject({ isAllowed: true, remaining: 0 });
    expect(limiter.take("a", FREE, 5)).toMatchObject({ isAllowed: false, retryMs: 5_000, nextMs: 1_000 });
    clock.advance(5_000);
    expect(limiter.take("a", FREE, 5).isAllowed).toBe(true);
  });

  test("above the limit are never allowed, and cost nothing", () => {
    const { limiter } = open();
    expect(limiter.take("a", FREE, 61)).toMatchObject({ isAllowed: false, retryMs: Number.POSITIVE_INFINITY });
    expect(limiter.take("a", FREE, 60).isAllowed).toBe(true);
  });
});

describe("a look", () => {
  test("takes nothing", () => {
    const { limiter } = open();
    const all = { isAllowed: true, remaining: 60, retryMs: 0, nextMs: 0, resetMs: 0 };
    for (let i = 0; i < 100; i++) expect(limiter.peek("a", FREE)).toEqual(all);
    limiter.take("a", FREE);
    expect(limiter.peek("a", FREE)).toEqual({ ...all, remaining: 59, nextMs: 1_000, resetMs: 1_000 });
  });
});

describe("a clock", () => {
  test.each([-1, -3_600_000, -TEN_YEARS_MS])("that steps by %d ms locks nobody out and lets nobody in", (step) => {
    const { clock, limiter } = open();
    expect(takeAll(limiter, "a", FREE, 30)).toBe(30);
    clock.advance(step);
    expect(limiter.peek("a", FREE)).toMatchObject({ remaining: 30, resetMs: 30_000 });
    expect(takeAll(limiter, "a", FREE, 100)).toBe(30);
    clock.advance(2_000);
    expect(takeAll(limiter, "a", FREE, 100)).toBe(2);
  });

  test.each([3_600_000, TEN_YEARS_MS])("that steps by %d ms gives one burst", (step) => {
    const { clock, limiter } = open();
    takeAll(limiter, "a", FREE, 60);
    clock.advance(step);
    expect(takeAll(limiter, "a", FREE, 200)).toBe(60);
    clock.advance(-step);
    expect(takeAll(limiter, "a", FREE, 200)).toBe(0);
    clock.advance(1_000);
    expect(takeAll(limiter, "a", FREE, 200)).toBe(1);
  });
});

describe("keys", () => {
  test("do not count for one another", () => {
    const { limiter } = open();
    for (const key of ["", "a", "b", "a ", "A", "é", "😀", "x".repeat(10_000)]) {
      expect(takeAll(limiter, key, FREE, 100)).toBe(60);
    }
  });

  test("may change their rate", () => {
    const { clock, limiter } = open();
    takeAll(limiter, "a", { limit: 600, windowMs: 60_000 }, 300);
    expect(limiter.take("a", FREE)).toMatchObject({ isAllowed: true, remaining: 29 });
    expect(limiter.peek("a", { limit: 1, windowMs: 1_000 })).toMatchObject({ isAllowed: false, remaining: 0 });
    clock.advance(31_000);
    expect(limiter.take("a", { limit: 1, windowMs: 1_000 }).isAllowed).toBe(true);
  });

  test("a million of them are counted, each for itself, and memory stays flat", () => {
    const { limiter } = open();
    const rate: Rate = { limit: 2, windowMs: 60_000 };
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    let [first, third] = [0, 0];
    for (let i = 0; i < 1_000_000; i++) if (limiter.take(`203.0.113.${i}`, rate, 2).isAllowed) first += 1;
    for (let i = 0; i < 1_000_000; i++) if (limiter.take(`203.0.113.${i}`, rate).isAllowed) third += 1;
    expect({ first, third }).toEqual({ first: 1_000_000, third: 0 });
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(128);
  });

  test("more than there is room for: those that took least are forgotten, nobody is locked out", () => {
    const { limiter } = open(8);
    takeAll(limiter, "hungry", FREE, 60);
    for (let i = 0; i < 1_000; i++) expect(limiter.take(`client ${i}`, FREE)).toMatchObject({ isAllowed: true });
    expect(limiter.take("hungry", FREE).isAllowed).toBe(false);
  });
});

/** The same in whole numbers: what was taken and not yet let out, in units × the length of the window. */
function createModel({ limit, windowMs }: Rate) {
  let debt = 0n;
  const all = BigInt(limit) * BigInt(windowMs);
  return {
    pass: (ms: number) => {
      debt -= BigInt(Math.max(0, ms)) * BigInt(limit);
      if (debt < 0n) debt = 0n;
    },
    take: (units: number): boolean => {
      const wanted = debt + BigInt(units) * BigInt(windowMs);
      if (wanted > all) return false;
      debt = wanted;
      return true;
    },
    remaining: () => Number((all - debt) / BigInt(windowMs)),
  };
}

test("any rate, any clock: the same as whole numbers say", () => {
  const step = fc.record({ ms: fc.integer({ min: -5_000, max: 20_000 }), units: fc.integer({ min: 1, max: 9 }) });
  const rates = fc.record({
    limit: fc.integer({ min: 1, max: 2_000 }),
    windowMs: fc.constantFrom(1_000, 60_000, 3_600_000),
  });
  fc.assert(
    fc.property(rates, fc.array(step, { maxLength: 200 }), (rate, steps) => {
      const { clock, limiter } = open(8);
      const model = createModel(rate);
      for (const { ms, units } of steps) {
        clock.advance(ms);
        model.pass(ms);
        expect(limiter.take("a", rate, units).isAllowed).toBe(model.take(units));
        expect(limiter.peek("a", rate).remaining).toBe(model.remaining());
      }
    }),
    { numRuns: 300 },
  );
});

test("who waits as long as it was told is let in, and a millisecond earlier is not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), (limit) => {
      const rate: Rate = { limit, windowMs: 60_000 };
      const { clock, limiter } = open(8);
      limiter.take("a", rate, limit);
      const { retryMs } = limiter.take("a", rate);
      clock.advance(Math.ceil(retryMs) - 1);
      expect(limiter.take("a", rate).isAllowed).toBe(false);
      clock.advance(1);
      expect(limiter.take("a", rate).isAllowed).toBe(true);
    }),
  );
});
