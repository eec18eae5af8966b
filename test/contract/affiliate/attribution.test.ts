import { describe, expect, test } from "bun:test";
import { createTestClock } from "../../support/clock.ts";
import { onEveryTarget, startApp } from "../../support/server.ts";
import { createFileDatabase, markDeleted } from "../../support/store.ts";
import { createSite } from "../collection/fixture.ts";
import {
  createProgram,
  type ListedEvent,
  listEvents,
  onlyEvent,
  trackClick,
  trackLead,
  trackSale,
  unique,
} from "./fixture.ts";

const DAY = 86_400_000;

describe("the chain from a click to its conversion", () => {
  onEveryTarget((server) => {
    test("is tied by the customer whom the lead named", async () => {
      const program = await createProgram(server());
      const customer = unique("u");
      const click = await trackClick(server(), program);
      await trackLead(server(), { click_id: click, customer_key: customer });
      await trackSale(server(), { customer_key: customer });
      const { data } = await listEvents(server(), program);
      expect(data.map((event) => [event.event_type, event.click_id, event.converted])).toEqual([
        ["conversion", click, undefined],
        ["lead", click, true],
        ["click", click, true],
      ]);
    });

    test("is tied by click_ids, the latest click of them that is there, before the customer's", async () => {
      const program = await createProgram(server());
      const clicks = [];
      for (let n = 0; n < 3; n++) clicks.push(await trackClick(server(), program));
      const [first = "", second = "", third = ""] = clicks;
      const customer = unique("u");
      await trackLead(server(), { click_id: third, customer_key: customer });
      await trackLead(server(), {
        customer_key: customer,
        session_id: "named",
        click_ids: ["nowhere", second, first, "cust_1_1"],
        program_id: program.programId,
      });
      await trackSale(server(), { customer_key: customer, click_ids: ["nowhere"], program_id: program.programId });
      const { data } = await listEvents(server(), program);
      expect(data.find((event) => event.session_id === "named")?.click_id).toBe(second);
      expect(data.find((event) => event.event_type === "conversion")?.click_id).toBe(third);
    });

    test("looks at the last twenty of click_ids", async () => {
      const program = await createProgram(server());
      const click = await trackClick(server(), program);
      const others = Array.from({ length: 20 }, (_, n) => `other ${n}`);
      const lead = { program_id: program.programId };
      await trackLead(server(), { ...lead, customer_key: unique("u"), click_ids: [click, ...others.slice(1)] });
      expect(await onlyEvent(server(), program, "lead")).toMatchObject({ click_id: click });
      const second = await createProgram(server());
      const lost = await trackClick(server(), second);
      await trackLead(server(), {
        program_id: second.programId,
        customer_key: unique("u"),
        click_ids: [lost, ...others],
      });
      expect(await onlyEvent(server(), second, "lead")).toMatchObject({ click_id: null });
    });

    test("keeps a click that an event names, also one that is not there", async () => {
      const program = await createProgram(server());
      const customer = unique("u");
      const click = await trackClick(server(), program);
      await trackLead(server(), { click_id: click, customer_key: customer });
      await trackSale(server(), { click_id: "another", customer_key: customer, program_id: program.programId });
      expect(await onlyEvent(server(), program, "conversion")).toMatchObject({ click_id: "another" });
      // By its customer, the lead has converted all the same; the click has not.
      expect(await onlyEvent(server(), program, "lead")).toMatchObject({ converted: true });
      expect(await onlyEvent(server(), program, "click")).toMatchObject({ converted: false });
    });

    test("is not tied across programs", async () => {
      const [own, other] = [await createProgram(server()), await createProgram(server())];
      const customer = unique("u");
      const click = await trackClick(server(), other);
      await trackLead(server(), { click_id: click, customer_key: customer });
      await trackSale(server(), { customer_key: customer, program_id: own.programId, click_ids: [] });
      expect(await onlyEvent(server(), own, "conversion")).toMatchObject({ click_id: null });
      expect(await onlyEvent(server(), other, "lead")).toMatchObject({ converted: false });
    });
  });
});

describe("the attribution window", () => {
  test("holds the clicks of its days, 60 unless the site says otherwise; the latest of them counts", async () => {
    const clock = createTestClock();
    await using database = await createFileDatabase();
    await using server = await startApp({ database: database.path, overrides: { clock } });
    const program = await createProgram(server);
    const customer = unique("u");
    const buy = async (): Promise<unknown> => {
      const id = await trackSale(server, { customer_key: customer });
      const { data } = await listEvents(server, program, { eventType: "conversion" });
      return data.find((event) => event.id === id)?.click_id;
    };
    const first = await trackClick(server, program);
    await trackLead(server, { click_id: first, customer_key: customer });
    clock.advance(30 * DAY);
    const second = await trackClick(server, program);
    await trackLead(server, { click_id: second, customer_key: customer });
    expect(await buy()).toBe(second);
    clock.advance(60 * DAY);
    expect(await buy()).toBe(second);
    clock.advance(1);
    expect(await buy()).toBeNull();
    // A click again is a new one, of the same id.
    await trackClick(server, program, { existing_click_id: first });
    expect(await buy()).toBe(first);
  });

  test("is what the site says, and is told to the click", async () => {
    const clock = createTestClock();
    await using server = await startApp({ overrides: { clock } });
    const program = await createSite(server, { attributionWindowDays: 7 });
    const response = await server.request("/api/v1/track/click", {
      json: { affiliate_url: `https://${program.domain}/?aff=P` },
      key: null,
    });
    const click = (await response.json()) as { click_id: string; cookie_window_days: number };
    expect(click.cookie_window_days).toBe(7);
    clock.advance(7 * DAY);
    const lead = { program_id: program.programId, click_ids: [click.click_id] };
    await trackLead(server, { ...lead, customer_key: "in time" });
    clock.advance(1);
    await trackLead(server, { ...lead, customer_key: "late" });
    const { data } = await listEvents(server, program, { eventType: "lead" });
    expect(data.map(({ customer_key, click_id }) => [customer_key, click_id])).toEqual([
      ["late", null],
      ["in time", click.click_id],
    ]);
  });
});

describe("the chain never goes backwards", () => {
  test("also when the clock does: what follows is not earlier than what it came from", async () => {
    const clock = createTestClock();
    const start = clock.now();
    await using server = await startApp({ overrides: { clock } });
    const program = await createProgram(server);
    const customer = unique("u");
    const click = await trackClick(server, program);
    clock.set(start - DAY);
    await trackLead(server, { click_id: click, customer_key: customer });
    clock.set(start - 2 * DAY);
    await trackSale(server, { customer_key: customer });
    await trackSale(server, { click_id: click });
    // What came from nothing has its own time.
    await trackSale(server, { customer_key: unique("u"), program_id: program.programId });
    const { data } = await listEvents(server, program);
    const shown = data.map((event) => [event.event_type, event.click_id, Date.parse(event.timestamp)]);
    expect(shown).toEqual([
      ["conversion", click, start],
      ["conversion", click, start],
      ["lead", click, start],
      ["click", click, start],
      ["conversion", null, start - 2 * DAY],
    ]);
    expect(data.map(({ createdAt }) => Date.parse(createdAt) - start)).toEqual([-2 * DAY, -2 * DAY, -DAY, 0, -2 * DAY]);
  });

  test("a lead after the sale has converted like the one before it", async () => {
    await using server = await startApp();
    const program = await createProgram(server);
    const customer = unique("u");
    const lead = { customer_key: customer, program_id: program.programId };
    await trackLead(server, lead);
    await trackSale(server, lead);
    await trackLead(server, lead);
    const { data } = await listEvents(server, program, { eventType: "lead" });
    expect(data.map(({ converted }) => converted)).toEqual([true, true]);
  });
});

describe("a click and a lead have converted", () => {
  test("as long as their conversion is there", async () => {
    await using database = await createFileDatabase();
    await using server = await startApp({ database: database.path });
    const program = await createProgram(server);
    const click = await trackClick(server, program);
    await trackLead(server, { click_id: click, customer_key: "u" });
    const id = await trackSale(server, { click_id: click });
    const converted = async (): Promise<unknown[]> => {
      const { data } = await listEvents(server, program);
      return data.filter((event: ListedEvent) => event.event_type !== "conversion").map((event) => event.converted);
    };
    expect(await converted()).toEqual([true, true]);
    await markDeleted(database.sql, id);
    expect(await converted()).toEqual([false, false]);
    await database.sql.execute("UPDATE events SET deleted_at = NULL, deletion_id = NULL");
    expect(await converted()).toEqual([true, true]);
  });
});
