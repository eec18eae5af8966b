import { describe, expect, test } from "bun:test";
import type { Clock } from "../../../src/lib/clock.ts";
import { onEveryTarget, startApp, type TestServer } from "../../support/server.ts";
import { createProgram, expectStatus, type ListedPage, listEvents, track, type Website } from "./fixture.ts";
import { EXAMPLE_ANSWER, EXAMPLE_PROGRAM, EXAMPLE_REQUEST, type ShownEvent } from "./seed/document.ts";

const [CLICK, LEAD, CONVERSION] = EXAMPLE_ANSWER.data;

/** A clock that goes on once it was read: an event happens when its request is looked at, and is stored later. */
function createStepClock(): Clock & { step(from: number, to: number): void } {
  let [current, next] = [0, 0];
  return {
    now() {
      const read = current;
      current = next;
      return read;
    },
    step(from, to) {
      [current, next] = [from, to];
    },
  };
}

/** The fields of an event that its client sends. */
function bodyOf(event: ShownEvent) {
  const { click_id, session_id, page_url } = event;
  switch (event.event_type) {
    case "click":
      return {
        affiliate_url: page_url,
        page_url,
        referrer_url: event.referrer_url,
        session_id,
        existing_click_id: click_id,
        user_agent:
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
        geo_country: event.geo_country,
        geo_region: event.geo_region,
        geo_city: event.geo_city,
      };
    case "lead":
      return { click_id, customer_key: event.customer_key, session_id, page_url };
    case "conversion":
      return {
        click_id,
        transaction_id: event.processor_event_id,
        amount_cents: event.amount_cents,
        currency: event.currency,
        sale_type: event.sale_type,
        is_recurring: event.is_recurring,
      };
  }
}

const PATHS = { click: "click", lead: "lead", conversion: "sale" } as const;

async function post(server: TestServer, event: ShownEvent, more: Record<string, unknown> = {}): Promise<void> {
  await expectStatus(await track(server, PATHS[event.event_type], { ...bodyOf(event), ...more }), 200);
}

/** Makes programs until there is the document's, on the document's domain. */
async function createExampleProgram(server: TestServer): Promise<Website> {
  for (let made = await createProgram(server); made.programId < EXAMPLE_PROGRAM - 1; )
    made = await createProgram(server);
  const response = await server.request("/api/v1/websites", { json: { name: "Example", domain: "example.com" } });
  const program = (await expectStatus(response, 201)) as Website;
  expect(program.programId).toBe(EXAMPLE_PROGRAM);
  return program;
}

/** Ids are ours; how many events there are besides is the document's affair. */
const withoutIds = (events: readonly object[]) => events.map((event) => ({ ...event, id: null }));

describe("the document's three events, posted at their times", () => {
  test("come back as in its example answer, key for key and in its order", async () => {
    const clock = createStepClock();
    await using server = await startApp({ overrides: { clock } });
    await createExampleProgram(server);
    // Not in the order of their times.
    for (const event of [LEAD, CLICK, CONVERSION]) {
      clock.step(Date.parse(event.timestamp), Date.parse(event.createdAt));
      await post(server, event);
    }

    const whole = await server.request(`/api/tracking/events/${EXAMPLE_PROGRAM}`);
    const answer = (await expectStatus(whole, 200)) as ListedPage;
    expect(withoutIds(answer.data)).toEqual(withoutIds(EXAMPLE_ANSWER.data));
    expect(answer.data.map((event) => Object.keys(event))).toEqual(
      EXAMPLE_ANSWER.data.map((event) => Object.keys(event)),
    );
    expect(answer.data.every(({ id }) => Number.isSafeInteger(id))).toBe(true);
    expect(answer.meta).toEqual({ pagination: { page: 1, pageSize: 10, pageCount: 1, total: 3 } });

    const example = (await expectStatus(await server.request(EXAMPLE_REQUEST), 200)) as ListedPage;
    expect(withoutIds(example.data)).toEqual(withoutIds([CLICK]));
    expect(example.meta).toEqual({ pagination: { page: 1, pageSize: 10, pageCount: 1, total: 1 } });
  });
});

describe("the document's three events", () => {
  onEveryTarget((server) => {
    test("come back with the values and keys of its example answer, whatever the time", async () => {
      const program = await createProgram(server());
      const link = { affiliate_url: `https://${program.domain}/pricing?aff=PARTNER123` };
      await post(server(), CLICK, link);
      for (const event of [LEAD, CONVERSION]) await post(server(), event, { program_id: program.programId });
      const { data } = await listEvents(server(), program);
      const byType = Object.fromEntries(data.map((event) => [event.event_type, event]));
      expect(Object.keys(byType)).toHaveLength(3);
      for (const shown of EXAMPLE_ANSWER.data) {
        const { id, timestamp, createdAt, ...fields }: Record<string, unknown> = byType[shown.event_type] ?? {};
        expect(fields).toEqual(
          Object.fromEntries(
            Object.entries(shown).filter(([name]) => !["id", "timestamp", "createdAt"].includes(name)),
          ),
        );
        expect(Object.keys(byType[shown.event_type] ?? {})).toEqual(Object.keys(shown));
        expect(Date.parse(String(createdAt)) - Date.parse(String(timestamp))).toBeWithin(0, 60_000);
        expect(Number.isSafeInteger(id)).toBe(true);
      }
    });
  });
});
