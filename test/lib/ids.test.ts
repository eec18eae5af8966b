import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createIdAllocator, MAX_NODES } from "../../src/lib/ids.ts";

const EPOCH = Date.UTC(2020, 0, 1);
const NOW = Date.UTC(2026, 5, 15);

const node = fc.integer({ min: 0, max: MAX_NODES - 1 });

/** Any time a broken clock may show, and times close to each other, where ids are borrowed. */
const clock = fc.oneof(
  fc.integer({ min: NOW - 5, max: NOW + 5 }),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, EPOCH - 1, EPOCH, Number.NaN, Number.POSITIVE_INFINITY, NOW + 0.5, Date.UTC(2080, 0, 1)),
);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ now: clock, times: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ raise: fc.integer({ min: 0, max: 2 ** 52 }) }) },
  { weight: 1, arbitrary: fc.record({ useNode: node }) },
);

describe("ids", () => {
  test("are strictly increasing safe integers, whatever the clock, the floor and the node", () => {
    fc.assert(
      fc.property(
        node,
        fc.integer({ min: 0, max: 2 ** 52 }),
        fc.array(step, { maxLength: 30 }),
        (first, floor, steps) => {
          const ids = createIdAllocator(first, floor);
          let last = floor;
          for (const each of steps) {
            if ("raise" in each) {
              ids.raise(each.raise);
              last = Math.max(last, each.raise);
            } else if ("useNode" in each) {
              ids.useNode(each.useNode);
            } else {
              for (let n = 0; n < each.times; n++) {
                const id = ids.next(each.now);
                if (!Number.isSafeInteger(id) || id <= last) throw new Error(`${id} after ${last}`);
                last = id;
              }
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("of different nodes are different, at the same times", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(node, { minLength: 2, maxLength: 5 }),
        fc.array(clock, { maxLength: 50 }),
        (nodes, times) => {
          const all = nodes.flatMap((each) => {
            const ids = createIdAllocator(each, 0);
            return times.flatMap((now) => [ids.next(now), ids.next(now)]);
          });
          expect(new Set(all).size).toBe(nodes.length * times.length * 2);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("hold the milliseconds since 2020, the node and a sequence", () => {
    const ids = createIdAllocator(5, 0);
    const base = (NOW - EPOCH) * 4_096 + 5 * 64;
    expect([ids.next(NOW), ids.next(NOW), ids.next(NOW + 1)]).toEqual([base, base + 1, base + 4_096]);
  });

  test("borrow from the next millisecond when one is full", () => {
    const ids = createIdAllocator(0, 0);
    const all = Array.from({ length: 130 }, () => ids.next(NOW));
    expect(all[64]).toBe((all[0] as number) + 4_096);
    expect(all[128]).toBe((all[0] as number) + 2 * 4_096);
    expect(ids.next(NOW + 2)).toBe((all[129] as number) + 1);
  });

  test("do not follow a clock beyond 2080: what it showed is no burden afterwards", () => {
    const ids = createIdAllocator(0, 0);
    const before = ids.next(NOW);
    const during = ids.next(Date.UTC(9999, 0, 1));
    expect(during - before).toBeLessThanOrEqual(4_096);
    expect(ids.next(NOW + 10)).toBe(before + 10 * 4_096);
  });
});
