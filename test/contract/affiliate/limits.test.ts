import { describe, expect, test } from "bun:test";
import { startLimited, statusesOf, toldBy } from "../../http/limit-fixture.ts";
import { onEveryTarget } from "../../support/server.ts";
import { createSite } from "../collection/fixture.ts";
import {
  createKey,
  createProgram,
  expectStatus,
  expectTrackError,
  type Fields,
  list,
  listEvents,
  unique,
  type Website,
  type What,
} from "./fixture.ts";

const SHOP = "https://shop.example";
const OTHER = "https://other.example";

/** A body of each that can be posted. */
const bodies = (program: Website): Readonly<Record<Exclude<What, "refund">, Fields>> => ({
  click: { affiliate_url: `https://${program.domain}/?aff=P` },
  lead: { customer_key: unique("u"), program_id: program.programId },
  sale: { customer_key: unique("u"), program_id: program.programId, transaction_id: unique("t"), amount_cents: 1 },
});

describe("limits", () => {
  test.each(["click", "lead"] as const)(
    "of an address hold for a %s without a key, once it is found to be right",
    async (what) => {
      await using fixture = await startLimited({ config: { ingestLimit: { limit: 3, windowMs: 60_000 } } });
      const [program, other] = [await createProgram(fixture.server), await createProgram(fixture.server)];
      const post = (to: Website) => fixture.from("192.0.2.1", `/api/v1/track/${what}`, { json: bodies(to)[what] });
      const wrong = () => fixture.from("192.0.2.1", `/api/v1/track/${what}`, { json: {} });
      expect(await statusesOf(5, wrong)).toEqual([400, 400, 400, 400, 400]);
      expect(await statusesOf(3, () => post(program))).toEqual([200, 200, 200]);
      const refused = await post(program);
      expect(toldBy(refused)).toMatchObject({ limit: "3", remaining: "0", retryAfter: "20" });
      await expectTrackError(refused, 429, "Too many requests without an API key from this address; try again in 20 s");
      expect((await post(other)).status).toBe(200);
      fixture.clock.advance(20_000);
      expect((await post(program)).status).toBe(200);
      expect((await listEvents(fixture.server, program)).meta.pagination.total).toBe(4);
    },
  );

  test("of a program's events hold for all that comes in", async () => {
    await using fixture = await startLimited();
    const program = await createSite(fixture.server, { eventsPerMinute: 3 });
    const post = (what: "click" | "lead" | "sale") =>
      fixture.server.request(`/api/v1/track/${what}`, { json: bodies(program)[what] });
    for (const what of ["click", "lead", "sale"] as const) expect((await post(what)).status).toBe(200);
    for (const what of ["click", "lead", "sale"] as const) expect((await post(what)).status).toBe(429);
    expect((await listEvents(fixture.server, program)).meta.pagination.total).toBe(3);
  });

  test("of a key hold where events are read, in Strapi's shape", async () => {
    await using fixture = await startLimited();
    const program = await createProgram(fixture.server);
    const key = await createKey(fixture.server, { permissions: ["events:read"], sites: [program.id], tier: "free" });
    expect(await statusesOf(60, () => list(fixture.server, program.programId, {}, key))).toEqual(
      Array.from({ length: 60 }, () => 200),
    );
    const refused = await list(fixture.server, program.programId, {}, key);
    expect(await expectStatus(refused, 429)).toMatchObject({
      data: null,
      error: { status: 429, name: "RateLimitError", details: {} },
    });
    expect(refused.headers.get("retry-after")).not.toBeNull();
  });
});

describe("a program that allows one origin", () => {
  onEveryTarget((server) => {
    test.each(["click", "lead"] as const)("takes a %s of its pages, and of no others", async (what) => {
      const program = await createSite(server(), { allowedOrigins: [SHOP] });
      const post = (origin: string) =>
        server().request(`/api/v1/track/${what}`, { json: bodies(program)[what], key: null, headers: { origin } });
      expect((await post(SHOP)).status).toBe(200);
      const refused = await post(OTHER);
      expect(refused.headers.get("access-control-allow-origin")).toBe("*");
      await expectTrackError(refused, 403, `The website takes no events of pages of ${OTHER}`);
    });

    test("lets its pages read its list, and no others", async () => {
      const program = await createSite(server(), { allowedOrigins: [SHOP] });
      const read = async (origin: string) => {
        const path = `/api/tracking/events/${program.programId}`;
        return (await server().request(path, { headers: { origin } })).headers.get("access-control-allow-origin");
      };
      expect([await read(SHOP), await read(OTHER)]).toEqual([SHOP, null]);
    });
  });
});
