import { beforeAll, describe, expect, test } from "bun:test";
import { decodeCursor, encodeCursor } from "../../../src/http/dialects/site-events/cursor.ts";
import { onEveryTarget } from "../../support/server.ts";
import { createSample, createSite, list, listEvents, type SiteEvent, type Website } from "./fixture.ts";

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a cursor", () => {
  onEveryTarget((server) => {
    let site: Website;
    let all: readonly SiteEvent[];
    beforeAll(async () => {
      site = await createSample(server());
      all = (await listEvents(server(), site.siteId)).events;
    });

    test("without a time stands for the event itself", async () => {
      for (const [position, { id }] of all.entries()) {
        const page = await listEvents(server(), site.siteId, { cursor: encode({ id }) });
        expect(page.events).toEqual(all.slice(position));
      }
    });

    test("with padding is the same", async () => {
      const { id } = all[1] as SiteEvent;
      const cursor = Buffer.from(JSON.stringify({ id })).toString("base64");
      expect((await listEvents(server(), site.siteId, { cursor })).events).toEqual(all.slice(1));
    });

    test("of an event of another site tells nothing of it", async () => {
      const other = await createSite(server());
      const { id, created_at } = all[1] as SiteEvent;
      for (const cursor of [encode({ id }), encode({ id, createdAt: created_at })]) {
        expect(await listEvents(server(), other.siteId, { cursor })).toEqual({ events: [], next_cursor: null });
      }
    });

    test("of an id that nobody has stands for its time", async () => {
      const between = (all[1] as SiteEvent).id + 40;
      expect((await list(server(), site.siteId, { cursor: encode({ id: between }) })).status).toBe(200);
      expect(await listEvents(server(), site.siteId, { cursor: encode({ id: 1234 }) })).toMatchObject({ events: [] });
      const last = { cursor: encode({ id: Number.MAX_SAFE_INTEGER }) };
      expect((await listEvents(server(), site.siteId, last)).events).toEqual([...all]);
    });

    test("beyond the range of the list shows all or nothing of it", async () => {
      const query = { start: "2000-01-01", end: "2000-01-02" };
      const { id, created_at } = all[0] as SiteEvent;
      const cursor = encode({ id, createdAt: created_at });
      expect(await listEvents(server(), site.siteId, { ...query, cursor })).toMatchObject({ events: [] });
      const early = encode({ id: 1, createdAt: "1999-01-01T00:00:00.000Z" });
      expect(await listEvents(server(), site.siteId, { cursor: early })).toMatchObject({ events: [] });
    });

    test("with any of its bits turned is refused, or names a position in the same site", async () => {
      const { next_cursor } = await listEvents(server(), site.siteId, { limit: 1 });
      const ids = new Set(all.map(({ id }) => id));
      let refused = 0;
      for (let flip = 0; flip < 500; flip++) {
        const bytes = Buffer.from(next_cursor ?? "", "base64url");
        const at = (flip * 7_919) % (bytes.length * 8);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        const response = await list(server(), site.siteId, { cursor: bytes.toString("base64url") });
        if (response.status === 400) {
          refused += 1;
          expect(await response.json()).toMatchObject({ code: "INVALID_CURSOR" });
          continue;
        }
        expect(response.status).toBe(200);
        const page = (await response.json()) as { events: SiteEvent[] };
        for (const { id } of page.events) expect(ids.has(id)).toBeTrue();
      }
      expect(refused).toBeGreaterThan(100);
    });
  });

  test("with 10,000 bits or letters changed decodes to a position, or is refused, and nothing else happens", () => {
    const cursor = encodeCursor({ id: 834_306_111_995_967, occurredAt: Date.UTC(2026, 5, 15) });
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.";
    let decoded = 0;
    for (let n = 0; n < 10_000; n++) {
      const at = (n * 31) % cursor.length;
      const changed = cursor.slice(0, at) + letters[n % letters.length] + cursor.slice(at + 1);
      try {
        const { id, occurredAt } = decodeCursor(changed);
        expect(Number.isSafeInteger(id) && id >= 0 && (occurredAt === null || Number.isSafeInteger(occurredAt))).toBe(
          true,
        );
        decoded += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: "invalid_input", fieldErrors: { cursor: expect.any(Array) } });
      }
    }
    expect(decoded).toBeGreaterThan(0);
    expect(decoded).toBeLessThan(10_000);
  });

  test.each([
    ["a day that does not exist", { id: 1, createdAt: "2026-02-30T00:00:00.000Z" }],
    ["a time without milliseconds", { id: 1, createdAt: "2026-02-01T00:00:00Z" }],
    ["a time that is a number", { id: 1, createdAt: 5 }],
    ["a fraction", { id: 1.5 }],
    ["too large an id", { id: 2 ** 53 }],
    ["no id", { createdAt: "2026-02-01T00:00:00.000Z" }],
  ])("with %s is refused", (_what, value) => {
    expect(() => decodeCursor(encode(value))).toThrow("Invalid query parameters");
  });

  test("of any length is bounded work", () => {
    expect(() => decodeCursor("e".repeat(1_000_000))).toThrow("Invalid query parameters");
  });
});
