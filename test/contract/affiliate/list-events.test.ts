import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createTestClock } from "../../support/clock.ts";
import { onEveryTarget, startApp } from "../../support/server.ts";
import {
  createKey,
  createProgram,
  expectStrapiError,
  type ListedEvent,
  list,
  listEvents,
  type Query,
  track,
  trackClick,
  trackLead,
  trackSale,
  unique,
} from "./fixture.ts";

const LEAST = "Must be a whole number of at least 1";
const TIME = "Must be an ISO 8601 time, a date, or milliseconds since 1970";
const PAGE_SIZE = "Must be a whole number from 1 to 100";

describe("the list", () => {
  onEveryTarget((server) => {
    test("is empty, with no page at all, where there is nothing", async () => {
      const program = await createProgram(server());
      expect(await (await list(server(), program.programId)).json()).toEqual({
        data: [],
        meta: { pagination: { page: 1, pageSize: 10, pageCount: 0, total: 0 } },
      });
    });

    test("has ten events on a page, the newest first, and says how many pages there are", async () => {
      const program = await createProgram(server());
      const ids: string[] = [];
      for (let n = 0; n < 12; n++) ids.unshift(await trackClick(server(), program));
      const page = async (query: Query) => (await list(server(), program.programId, query)).json();
      const clicks = (answer: { data: ListedEvent[] }) => answer.data.map(({ click_id }) => click_id);
      const first = await page({});
      expect(clicks(first)).toEqual(ids.slice(0, 10));
      expect(first.meta.pagination).toEqual({ page: 1, pageSize: 10, pageCount: 2, total: 12 });
      const second = await page({ page: 2 });
      expect(clicks(second)).toEqual(ids.slice(10));
      expect(second.meta.pagination).toEqual({ page: 2, pageSize: 10, pageCount: 2, total: 12 });
      const beyond = await page({ page: 999_999_999, pageSize: 100 });
      expect(beyond).toEqual({
        data: [],
        meta: { pagination: { page: 999_999_999, pageSize: 100, pageCount: 1, total: 12 } },
      });
    });

    test("shows of each type the fields of that type, null where nothing is known", async () => {
      const program = await createProgram(server());
      const key = { customer_key: unique("u"), program_id: program.programId };
      // With a key: nothing of the request is the visitor's.
      const { adminKey } = server();
      const click = { affiliate_url: `https://${program.domain}/?aff=PARTNER` };
      expect((await track(server(), "click", click, adminKey)).status).toBe(200);
      expect((await track(server(), "lead", key, adminKey)).status).toBe(200);
      await trackSale(server(), { ...key, customer_key: unique("u") });
      const { data } = await listEvents(server(), program);
      const common = { id: expect.any(Number), timestamp: expect.any(String), createdAt: expect.any(String) };
      expect(data as unknown).toEqual([
        {
          ...common,
          event_type: "conversion",
          click_id: null,
          amount_cents: 9_900,
          currency: "USD",
          sale_type: "payment",
          payment_status: "paid",
          processor_event_id: expect.any(String),
          is_recurring: false,
        },
        {
          ...common,
          event_type: "lead",
          click_id: null,
          customer_key: key.customer_key,
          session_id: null,
          page_url: null,
          converted: false,
        },
        {
          ...common,
          event_type: "click",
          click_id: expect.any(String),
          session_id: null,
          page_url: `https://${program.domain}/?aff=PARTNER`,
          referrer_url: null,
          geo_country: null,
          geo_region: null,
          geo_city: null,
          device_type: null,
          device_os: null,
          browser_name: null,
          converted: false,
        },
      ]);
    });

    test("leaves out what has no attribution: clicks, conversions and leads of other APIs", async () => {
      const program = await createProgram(server());
      const { trackingCode, programId } = program;
      for (const eventType of ["click", "conversion", "pageview"]) {
        const event = { trackingCode, eventType, url: "https://x.example/", sessionId: "s", visitorId: "v", value: 5 };
        expect((await server().request("/api/v1/events", { json: event })).status).toBe(201);
      }
      await trackLead(server(), { customer_key: unique("u"), program_id: programId });
      const { data, meta } = await listEvents(server(), program);
      expect(data.map((event) => event.event_type)).toEqual(["lead"]);
      expect(meta.pagination.total).toBe(1);
    });

    test("takes a parameter that it does not know for nothing", async () => {
      const program = await createProgram(server());
      expect((await list(server(), program.programId, { sort: "x", limit: -1 })).status).toBe(200);
    });

    test.each<readonly [Query, Readonly<Record<string, string>>]>([
      [{ page: 0 }, { page: LEAST }],
      [{ page: -1 }, { page: LEAST }],
      [{ page: "1.5" }, { page: LEAST }],
      [{ page: "" }, { page: LEAST }],
      [{ page: 10_000_000_000 }, { page: LEAST }],
      [{ pageSize: 0 }, { pageSize: PAGE_SIZE }],
      [{ pageSize: 101 }, { pageSize: PAGE_SIZE }],
      [{ pageSize: "ten" }, { pageSize: PAGE_SIZE }],
      [{ eventType: "sale" }, { eventType: "Must be one of: click, lead, conversion" }],
      [{ eventType: "" }, { eventType: "Must be one of: click, lead, conversion" }],
      [{ dateFrom: "yesterday" }, { dateFrom: TIME }],
      [{ dateFrom: "2026-02-30" }, { dateFrom: TIME }],
      [{ dateTo: "" }, { dateTo: TIME }],
      [{ dateFrom: "2026-06-02", dateTo: "2026-06-01" }, { dateTo: "Must not be before dateFrom" }],
      [
        { page: "x", pageSize: "x" },
        { page: LEAST, pageSize: PAGE_SIZE },
      ],
    ])("%j is refused, and the parameter named", async (query, fields) => {
      const program = await createProgram(server());
      const response = await list(server(), program.programId, query);
      await expectStrapiError(response, 400, "ValidationError", "Invalid query parameters", fields);
    });

    test.each(["x", "1.5", "-1", "0", "042", "1e1", "web-1", "999999", "99999999999999999999", "%00", "1%20"])(
      "of the program %s does not exist",
      async (programId) => {
        for (const path of ["events", "status", "performance"]) {
          const response = await server().request(`/api/tracking/${path}/${programId}`);
          await expectStrapiError(response, 404, "NotFoundError", "Program not found");
        }
      },
    );

    test("opens to a key that may read the program, and to no other", async () => {
      const [own, other] = [await createProgram(server()), await createProgram(server())];
      const reader = await createKey(server(), { permissions: ["tracking:list"], sites: [own.id] });
      const writer = await createKey(server(), { permissions: ["events:write"], sites: [own.id] });
      expect((await list(server(), own.programId, {}, reader)).status).toBe(200);
      const refused = [
        [await list(server(), other.programId, {}, reader), 403, "ForbiddenError", "The API key is for other programs"],
        [
          await list(server(), own.programId, {}, writer),
          403,
          "ForbiddenError",
          "The API key lacks the permission events:read",
        ],
        [await list(server(), 999_999, {}, reader), 404, "NotFoundError", "Program not found"],
        [
          await list(server(), own.programId, {}, null),
          401,
          "UnauthorizedError",
          'An API key is required: send it as "Authorization: Bearer <API key>"',
        ],
        [
          await list(server(), own.programId, {}, "nobody"),
          401,
          "UnauthorizedError",
          "The API key is unknown, expired or revoked",
        ],
      ] as const;
      for (const [response, status, name, message] of refused) await expectStrapiError(response, status, name, message);
    });
  });
});

const DAY = 86_400_000;
const START = Date.UTC(2026, 5, 1);

describe("bounds of the list", () => {
  test("are inclusive, to the millisecond; a date means its whole day", async () => {
    const clock = createTestClock();
    await using server = await startApp({ overrides: { clock } });
    const program = await createProgram(server);
    const times = [START - 1, START, START + 1, START + DAY - 1, START + DAY];
    for (const time of times) {
      clock.set(time);
      await trackClick(server, program);
    }
    const found = async (query: Query) => {
      const { data, meta } = await listEvents(server, program, query);
      expect(meta.pagination.total).toBe(data.length);
      return data.map(({ timestamp }) => times.indexOf(Date.parse(timestamp))).toReversed();
    };
    expect(await found({ dateFrom: "2026-06-01T00:00:00Z" })).toEqual([1, 2, 3, 4]);
    expect(await found({ dateFrom: "2026-06-01T00:00:00.001Z" })).toEqual([2, 3, 4]);
    expect(await found({ dateTo: "2026-06-01T00:00:00Z" })).toEqual([0, 1]);
    expect(await found({ dateFrom: "2026-06-01", dateTo: "2026-06-01" })).toEqual([1, 2, 3]);
    expect(await found({ dateTo: "2026-05-31" })).toEqual([0]);
    expect(await found({ dateFrom: "2026-06-01T02:00:00+02:00", dateTo: "2026-06-01T23:59:59Z" })).toEqual([1, 2]);
    expect(await found({ dateFrom: START + 1, dateTo: START + 1 })).toEqual([2]);
    expect(await found({ dateFrom: "2027-01-01" })).toEqual([]);
  });
});

describe("pages of the list", () => {
  test("hold every event exactly once, for any filter and page size", async () => {
    const clock = createTestClock(START);
    await using server = await startApp({ overrides: { clock } });
    const program = await createProgram(server);
    const stored: { type: string; time: number; key: string }[] = [];
    for (let n = 0; n < 60; n++) {
      // Some at the same millisecond, some a day later.
      if (n % 3 === 0) clock.advance(n % 2 === 0 ? DAY / 3 : 1);
      const key = unique("u");
      const time = clock.now();
      if (n % 4 === 0)
        await trackSale(server, { customer_key: key, program_id: program.programId, transaction_id: key });
      else if (n % 4 === 1) await trackLead(server, { customer_key: key, program_id: program.programId });
      else stored.push({ type: "click", time, key: await trackClick(server, program) });
      if (n % 4 < 2) stored.push({ type: n % 4 === 0 ? "conversion" : "lead", time, key });
    }
    const nameOf = (event: ListedEvent) => String(event.processor_event_id ?? event.customer_key ?? event.click_id);

    const bound = fc.constantFrom(START, START + 1, ...stored.map(({ time }) => time));
    await fc.assert(
      fc.asyncProperty(
        fc.option(fc.constantFrom("click", "lead", "conversion"), { nil: undefined }),
        fc.option(bound, { nil: undefined }),
        fc.option(bound, { nil: undefined }),
        fc.integer({ min: 1, max: 100 }),
        async (eventType, one, other, pageSize) => {
          const [from, to] = one !== undefined && other !== undefined && one > other ? [other, one] : [one, other];
          const due = stored.filter(
            ({ type, time }) => (eventType ?? type) === type && time >= (from ?? time) && time <= (to ?? time),
          );
          const query = {
            pageSize,
            ...(eventType === undefined ? {} : { eventType }),
            ...(from === undefined ? {} : { dateFrom: new Date(from).toISOString() }),
            ...(to === undefined ? {} : { dateTo: new Date(to).toISOString() }),
          };
          const met: ListedEvent[] = [];
          const pageCount = Math.ceil(due.length / pageSize);
          for (let page = 1; page <= pageCount + 1; page++) {
            const { data, meta } = await listEvents(server, program, { ...query, page });
            expect(meta.pagination).toEqual({ page, pageSize, pageCount, total: due.length });
            expect(data.length).toBe(Math.max(0, Math.min(pageSize, due.length - (page - 1) * pageSize)));
            met.push(...data);
          }
          expect(met.map(nameOf).toSorted()).toEqual(due.map(({ key }) => key).toSorted());
          const order = met.map(({ timestamp, id }) => [Date.parse(timestamp), id] as const);
          expect(order).toEqual(order.toSorted((a, b) => b[0] - a[0] || b[1] - a[1]));
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
