import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Store } from "../../src/domain/ports.ts";
import { blankResidue, createPageMap, seemsDirty } from "../../src/store/residue.ts";
import { createRandom } from "../crash/support/random.ts";
import { textOf, textsIn } from "../support/file-texts.ts";
import { appendAll, createFileDatabase, NOON, newEvent } from "../support/store.ts";

const NEVER = new AbortController().signal;
const EVENTS = 6_000;

/** An event with a text of its own in every place where an event can have one. */
function eventOf(n: number, random: number) {
  const text = textOf(n);
  return newEvent({
    type: n % 100 === 0 ? `type-${text}` : "pageview",
    name: text,
    // In no order, so that pages of the indexes are split in their middle.
    occurredAt: NOON - random,
    visitorId: `visitor-${text}`,
    sessionId: text,
    url: `https://example.com/${text}`,
    path: `/${text}`,
    referrer: text,
    clickId: text,
    customerKey: text,
    dedupeKey: `e:${random.toString(36)}-${text}`,
    data: `{"properties":{"text":"${n % 97 === 0 ? text.repeat(900) : text}"}}`,
  });
}

async function purgeAll(store: Store): Promise<void> {
  while ((await store.purges.purgeSome({ nowMs: NOON, steps: [], by: "test" })).deletions > 0);
}

describe("of a purged event", () => {
  test.each([
    ["one in a hundred", 100],
    ["half of all", 2],
  ])(
    "nothing is left in the file and its log when %s are purged",
    async (_, oneOf) => {
      await using database = await createFileDatabase();
      const store = await database.open({ durability: "normal" });
      const random = createRandom(7);
      const ids: number[] = [];
      for (let n = 0; n < EVENTS; n += 50) {
        const events = Array.from({ length: 50 }, (_, k) => eventOf(n + k, random.between(1, 2 ** 40)));
        ids.push(...(await appendAll(store, events)));
      }
      const gone = ids.map((_, n) => n).filter(() => random.between(1, oneOf) === 1);
      const request = { siteId: 1, kind: "events", filter: null, reason: null, by: "test", nowMs: NOON, purgeAt: NOON };
      for (let at = 0; at < gone.length; at += 1_000) {
        const chosen = gone.slice(at, at + 1_000).map((n) => ids[n] as number);
        await store.deletions.mark({ ...request, kind: "events" }, chosen, 1e6);
      }
      await purgeAll(store);
      const goneTexts = gone.map(textOf);
      const before = await textsIn(database.path);
      // The control: removing the rows alone does not do it.
      expect(goneTexts.filter((text) => before.has(text)).length).toBeGreaterThan(0);

      await store.purges.reclaim(NEVER);
      const after = await textsIn(database.path);
      expect(goneTexts.filter((text) => after.has(text))).toEqual([]);
      // Of every other event everything is there.
      expect(after.size).toBe(EVENTS - gone.length);
      expect(await store.reader.countEvents({ siteId: 1 })).toBe(EVENTS - gone.length);
      const { rows } = await database.sql.execute("PRAGMA integrity_check");
      expect(rows[0]?.[0]).toBe("ok");
    },
    60_000,
  );

  test("nothing is left when writers and readers are in the way of the log for a while", async () => {
    await using database = await createFileDatabase();
    const store = await database.open();
    const [id] = (await appendAll(store, [eventOf(1, 1), newEvent()])) as [number];
    const request = { siteId: 1, kind: "event", filter: null, reason: null, by: "test", nowMs: NOON, purgeAt: NOON };
    await store.deletions.mark({ ...request, kind: "event" }, [id], 1);
    await purgeAll(store);
    const reader = await database.sql.transaction("read");
    await reader.execute("SELECT count(*) FROM events");
    const reclaimed = store.purges.reclaim(NEVER);
    await appendAll(store, [newEvent()]);
    await reader.rollback();
    await reclaimed;
    expect([...(await textsIn(database.path))]).toEqual([]);
  });
});

const PAGE = 4_096;

/** A leaf of a table with cells of these lengths at its end, and `gap` before them. */
function leaf(cells: readonly number[], gap: (bytes: Uint8Array) => void = () => {}): Uint8Array {
  const page = new Uint8Array(PAGE);
  page[0] = 13;
  new DataView(page.buffer).setUint16(3, cells.length);
  let at = PAGE;
  for (const [n, length] of cells.entries()) {
    at -= length;
    page.fill(0x41 + n, at, at + length);
    new DataView(page.buffer).setUint16(8 + 2 * n, at);
  }
  new DataView(page.buffer).setUint16(5, at);
  gap(page.subarray(8 + 2 * cells.length, at));
  return page;
}

describe("the gap of a page", () => {
  test("is overwritten where there is something else than old pointers, and the rest stays as it is", () => {
    const clean = leaf([100, 50]);
    const dirty = leaf([100, 50], (bytes) => bytes.set(new TextEncoder().encode("secret"), 1_000));
    expect(seemsDirty(clean)).toBe(false);
    expect(seemsDirty(dirty)).toBe(true);
    expect(blankResidue(clean)).toBe(false);
    expect(blankResidue(dirty)).toBe(true);
    expect(dirty).toEqual(clean);
  });

  test("with old pointers alone is left alone", () => {
    const page = leaf([100], (bytes) => bytes.set([0x0f, 0xa2, 0x0f, 0x80]));
    expect(seemsDirty(page)).toBe(false);
    expect(seemsDirty(leaf([100], (bytes) => bytes.set([0x0f, 0xa2, 0x73, 0x65])))).toBe(true);
  });

  test("is no such thing in pages that are none of a tree, whatever they hold", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
        const page = new Uint8Array(PAGE);
        page.set(bytes);
        const before = page.slice();
        // An overflow page begins with the number of the next one.
        page[0] = before[0] = 0;
        expect(blankResidue(page)).toBe(false);
        expect(page).toEqual(before);
      }),
    );
    expect(seemsDirty(leaf([100]).fill(0xff, 3, 7))).toBe(false);
  });
});

describe("the pointer map", () => {
  const first = new Uint8Array(PAGE);

  test("tells pages of a tree from all others", async () => {
    const kinds = [5, 1, 2, 3, 4, 5];
    const map = new Uint8Array(PAGE);
    for (const [n, kind] of kinds.entries()) map[5 * n] = kind;
    const { isTreePage } = createPageMap(first, async (page) => (page === 2 ? map : new Uint8Array(PAGE)));
    const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(isTreePage));
    expect(answers).toEqual([false, false, true, true, false, false, false, true]);
  });

  test("has a page for each 819 pages, and none where the file locks itself", async () => {
    const asked: number[] = [];
    const { isTreePage } = createPageMap(first, async (page) => {
      asked.push(page);
      return new Uint8Array(PAGE);
    });
    const lockPage = 2 ** 30 / PAGE + 1;
    for (const page of [3, 821, 822, 823, 1_642, lockPage]) await isTreePage(page);
    // Pages 822 and 1,642 are such pages themselves.
    expect(asked).toEqual([2, 2, 822]);
    for (const page of [822, 1_642, lockPage]) expect(await isTreePage(page)).toBe(false);
  });
});
