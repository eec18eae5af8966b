import { describe, expect, test } from "bun:test";
import { createTestClock } from "../../support/clock.ts";
import { onEveryTarget, startApp, type TestServer } from "../../support/server.ts";
import {
  createKey,
  createProgram,
  expectStatus,
  expectStrapiError,
  track,
  trackClick,
  trackLead,
  trackSale,
  unique,
  type Website,
} from "./fixture.ts";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 5, 15, 12);

const report = async (server: TestServer, { programId }: Website, query = ""): Promise<unknown> =>
  expectStatus(await server.request(`/api/tracking/performance/${programId}${query}`), 200);

describe("the status of a program", () => {
  onEveryTarget((server) => {
    test("is how many events of each type it has, and when the newest happened", async () => {
      const program = await createProgram(server());
      const status = async () => expectStatus(await server().request(`/api/tracking/status/${program.programId}`), 200);
      const none = { programId: program.programId, clicks: 0, leads: 0, conversions: 0, last_event_at: null };
      expect(await status()).toEqual({ data: none });
      const customer = { customer_key: unique("u"), program_id: program.programId };
      for (let n = 0; n < 3; n++) await trackClick(server(), program);
      for (let n = 0; n < 2; n++) await trackLead(server(), customer);
      await trackSale(server(), customer);
      const { data } = (await status()) as { data: { last_event_at: string } };
      expect(data as unknown).toEqual({
        programId: program.programId,
        clicks: 3,
        leads: 2,
        conversions: 1,
        last_event_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
      expect(Date.parse(data.last_event_at)).toBeWithin(Date.now() - 60_000, Date.now() + 1_000);
    });

    test.each(["status", "performance"])("and the %s open to a key that may read it alone", async (what) => {
      const [own, other] = [await createProgram(server()), await createProgram(server())];
      const key = await createKey(server(), { permissions: ["events:read"], sites: [own.id] });
      const ask = (programId: number | string, secret: string | null) =>
        server().request(`/api/tracking/${what}/${programId}`, { key: secret });
      expect((await ask(own.programId, key)).status).toBe(200);
      const message = "The API key is for other programs";
      await expectStrapiError(await ask(other.programId, key), 403, "ForbiddenError", message);
      await expectStrapiError(await ask(999_999, key), 404, "NotFoundError", "Program not found");
      expect((await ask(own.programId, null)).status).toBe(401);
    });

    test.each([
      ["?dateFrom=x", "dateFrom", "Must be an ISO 8601 time, a date, or milliseconds since 1970"],
      ["?dateTo=2026-13-01", "dateTo", "Must be an ISO 8601 time, a date, or milliseconds since 1970"],
      ["?dateFrom=2026-06-02&dateTo=2026-06-01", "dateTo", "Must not be before dateFrom"],
      ["?dateFrom=2000-01-01&dateTo=2026-06-01", "dateFrom", "Must be at most 3660 days before dateTo"],
    ])("performance of %s is refused, and the parameter named", async (query, parameter, text) => {
      const program = await createProgram(server());
      const response = await server().request(`/api/tracking/performance/${program.programId}${query}`);
      await expectStrapiError(response, 400, "ValidationError", "Invalid query parameters", { [parameter]: text });
    });
  });
});

describe("the performance of a program", () => {
  test("has a row for each day, and all of them together", async () => {
    const clock = createTestClock(NOON - 3 * DAY);
    await using server = await startApp({ overrides: { clock } });
    const program = await createProgram(server);
    const sell = (fields: Record<string, unknown>) =>
      trackSale(server, { customer_key: unique("u"), program_id: program.programId, ...fields });
    for (let n = 0; n < 3; n++) await trackClick(server, program);
    await trackLead(server, { customer_key: unique("u"), program_id: program.programId });
    await sell({ amount_cents: 9_900 });
    await sell({ amount_cents: 100, currency: "EUR", transaction_id: "to refund" });
    clock.set(NOON);
    await trackClick(server, program);
    await sell({ amount_cents: 500, currency: "JPY" });
    const test_mode = { test_mode: true, program_id: program.programId };
    expect((await track(server, "sale", { amount_cents: 1, additional_data: test_mode })).status).toBe(200);
    expect((await track(server, "refund", { transaction_id: "to refund", refund_amount_cents: 30 })).status).toBe(200);

    const row = (
      date: string,
      clicks = 0,
      leads = 0,
      conversions = 0,
      conversionRate = 0,
      revenue: unknown[] = [],
    ) => ({
      date,
      clicks,
      leads,
      conversions,
      conversionRate,
      revenue,
    });
    const money = (currency: string, amount_cents: number, refunded_cents = 0) => ({
      currency,
      amount_cents,
      refunded_cents,
    });
    const first = row("2026-06-12", 3, 1, 2, 66.67, [money("EUR", 100, 30), money("USD", 9_900)]);
    const last = row("2026-06-15", 1, 0, 1, 100, [money("JPY", 500)]);
    expect(await report(server, program, "?dateFrom=2026-06-12&dateTo=2026-06-15")).toEqual({
      data: [first, row("2026-06-13"), row("2026-06-14"), last],
      metrics: {
        totalClicks: 4,
        totalLeads: 1,
        totalConversions: 3,
        conversionRate: 75,
        totalRevenue: [money("EUR", 100, 30), money("JPY", 500), money("USD", 9_900)],
      },
      meta: { dateFrom: "2026-06-12T00:00:00.000Z", dateTo: "2026-06-15T23:59:59.999Z" },
    });

    const days = async (query: string) => ((await report(server, program, query)) as { data: unknown[] }).data;
    // The last seven days by default.
    const byDefault = (await days("")) as { date: string }[];
    expect(byDefault.map(({ date }) => date)).toEqual(
      [9, 10, 11, 12, 13, 14, 15].map((day) => `2026-06-${`${day}`.padStart(2, "0")}`),
    );
    expect(byDefault.slice(3)).toEqual([first, row("2026-06-13"), row("2026-06-14"), last]);
    expect(await days("?dateFrom=2026-06-14")).toEqual([row("2026-06-14"), last]);
    expect((await days("?dateTo=2026-06-12")).at(-1)).toEqual(first);
    // To the millisecond: the noon of both days is left out.
    expect(await days("?dateFrom=2026-06-12T12:00:00.001Z&dateTo=2026-06-15T11:59:59.999Z")).toEqual([
      row("2026-06-12"),
      row("2026-06-13"),
      row("2026-06-14"),
      row("2026-06-15"),
    ]);
    expect(await days("?dateFrom=2026-06-15T12:00:00Z&dateTo=2026-06-15T12:00:00Z")).toEqual([last]);
  });

  test("of a program without clicks has a rate of nothing", async () => {
    await using server = await startApp();
    const program = await createProgram(server);
    await trackSale(server, { customer_key: "u", program_id: program.programId });
    expect(await report(server, program)).toMatchObject({ metrics: { totalConversions: 1, conversionRate: 0 } });
  });

  test("can be of ten years", async () => {
    await using server = await startApp();
    const program = await createProgram(server);
    const { data } = (await report(server, program, "?dateFrom=2016-06-01&dateTo=2026-06-01")) as { data: unknown[] };
    expect(data).toHaveLength(3_653);
  });
});
