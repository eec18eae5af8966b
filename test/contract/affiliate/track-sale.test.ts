import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { onEveryTarget, startApp } from "../../support/server.ts";
import { startSqld } from "../../support/sqld.ts";
import { createFileDatabase, createFolder, markDeleted } from "../../support/store.ts";
import {
  createKey,
  createProgram,
  expectStatus,
  expectTrackError,
  type Fields,
  listEvents,
  onlyEvent,
  track,
  trackClick,
  trackLead,
  trackSale,
  unique,
  type Website,
} from "./fixture.ts";

const REPEATED = "This transaction_id has been tracked already";
const AMOUNT = "Must be a whole number of at least 1, in the currency's smallest unit";

/** A sale of a new customer, except for what is said. */
const sale = (program: Website, fields: Fields = {}) => ({
  transaction_id: unique("txn"),
  amount_cents: 9_900,
  customer_key: unique("u"),
  program_id: program.programId,
  ...fields,
});

describe("a sale", () => {
  onEveryTarget((server) => {
    test("is answered with its id, and is a conversion of the list", async () => {
      const program = await createProgram(server());
      for (const path of ["/api/v1/track/sale", "/api/tracking/sale"]) {
        const body = sale(program, {
          currency: "eur",
          sale_type: "subscription",
          is_recurring: true,
          subscription_id: "sub",
          subscription_interval: "monthly",
          product_id: "prod",
          line_items: [{ sku: "a", n: 2 }],
        });
        const response = await server().request(path, { json: body });
        const answer = (await expectStatus(response, 200)) as { sale_id: number };
        expect(answer as unknown).toEqual({
          success: true,
          sale_id: expect.any(Number),
          commission_id: null,
          message: "Sale tracked successfully",
        });
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
        const { data } = await listEvents(server(), program);
        expect(data[0]).toMatchObject({
          id: answer.sale_id,
          event_type: "conversion",
          amount_cents: 9_900,
          currency: "EUR",
          sale_type: "subscription",
          payment_status: "paid",
          processor_event_id: body.transaction_id,
          is_recurring: true,
        });
      }
    });

    test("is seen by the collection API with its value and all that it says", async () => {
      const program = await createProgram(server());
      const body = `{"transaction_id":"t","amount_cents":9900,"customer_key":"${unique("u")}","program_id":${program.programId},"line_items":{"price":1.10,"n":[9007199254740993]},"product_id":"p"}`;
      await expectStatus(await server().request("/api/v1/track/sale", { body }), 200);
      const listed = await server().request(`/api/v1/events?trackingCode=${program.trackingCode}&eventType=conversion`);
      const text = await listed.text();
      expect(JSON.parse(text).events[0]).toMatchObject({
        eventType: "conversion",
        value: 99,
        currency: "USD",
        eventId: null,
      });
      expect(text).toContain(
        '"properties":{"transaction_id":"t","sale_type":"payment","payment_status":"paid","is_recurring":false,"product_id":"p","line_items":{"price":1.10,"n":[9007199254740993]}}',
      );
    });

    test.each([
      ["USD", 900_719_925_474, 9_007_199_254.74],
      ["JPY", 9_900, 9_900],
      ["KWD", 9_900, 9.9],
      ["CLF", 1, 0.0001],
    ])("in %s is in the currency's smallest unit", async (currency, amount_cents, value) => {
      const program = await createProgram(server());
      await trackSale(server(), sale(program, { currency, amount_cents }));
      expect(await onlyEvent(server(), program, "conversion")).toMatchObject({ amount_cents, currency });
      const listed = await server().request(`/api/v1/events?trackingCode=${program.trackingCode}`);
      expect(((await listed.json()) as { events: unknown[] }).events[0]).toMatchObject({ value, currency });
    });

    test("is stored once for its transaction, and told so the second time", async () => {
      const program = await createProgram(server());
      const body = sale(program);
      expect((await track(server(), "sale", body)).status).toBe(200);
      await expectTrackError(await track(server(), "sale", { ...body, amount_cents: 1 }), 409, REPEATED);
      expect(await onlyEvent(server(), program, "conversion")).toMatchObject({ amount_cents: 9_900 });
      // Another program has transactions of its own.
      const other = await createProgram(server());
      expect((await track(server(), "sale", { ...body, program_id: other.programId })).status).toBe(200);
    });

    test("posted by two clients at once is stored by one of them", async () => {
      const program = await createProgram(server());
      for (let round = 0; round < 10; round++) {
        const body = sale(program);
        const both = await Promise.all([track(server(), "sale", body), track(server(), "sale", body)]);
        expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
      }
      expect((await listEvents(server(), program)).meta.pagination.total).toBe(10);
    });

    test("belongs to the program of its click, its customer, its name, its key's", async () => {
      const program = await createProgram(server());
      const customer = unique("u");
      const click = await trackClick(server(), program);
      const key = await createKey(server(), { permissions: ["events:write"], sites: [program.id] });
      await trackLead(server(), { customer_key: customer, click_id: click });
      const bodies: readonly (readonly [Fields, string?])[] = [
        [{ click_id: click }],
        [{ customer_key: customer }],
        [{ customer_key: unique("u"), program_id: program.programId }],
        [{ customer_key: unique("u"), additional_data: { program_id: `${program.programId}` } }],
        [{ customer_key: unique("u") }, key],
      ];
      for (const [fields, secret] of bodies) {
        const response = await track(
          server(),
          "sale",
          { transaction_id: unique("t"), amount_cents: 1, ...fields },
          secret,
        );
        await expectStatus(response, 200);
      }
      const { meta } = await listEvents(server(), program, { eventType: "conversion" });
      expect(meta.pagination.total).toBe(bodies.length);
      const nowhere = await track(server(), "sale", {
        transaction_id: "t",
        amount_cents: 1,
        customer_key: unique("u"),
      });
      expect(nowhere.status).toBe(400);
    });

    test("wants a key that may post to its program", async () => {
      const [own, other] = [await createProgram(server()), await createProgram(server())];
      const key = await createKey(server(), { permissions: ["events:write"], sites: [own.id] });
      const reader = await createKey(server(), { permissions: ["events:read"], sites: [own.id] });
      const click = await trackClick(server(), other);
      const post = (fields: Fields, secret: string | null) => track(server(), "sale", sale(own, fields), secret);
      await expectTrackError(
        await post({}, null),
        401,
        'An API key is required: send it as "Authorization: Bearer <API key>"',
      );
      await expectTrackError(await post({}, reader), 403, "The API key lacks the permission events:write");
      await expectTrackError(
        await post({ program_id: other.programId }, key),
        403,
        "The API key is for other programs",
      );
      await expectTrackError(await post({ click_id: click }, key), 403, "The API key is for other programs");
      expect((await post({}, key)).status).toBe(200);
      expect((await listEvents(server(), other, { eventType: "conversion" })).data).toEqual([]);
    });

    test.each<readonly [Fields, string]>([
      [{ transaction_id: undefined }, "transaction_id: Required"],
      [{ transaction_id: "" }, "transaction_id: Required"],
      [{ transaction_id: 5 }, "transaction_id: Must be a string of at most 200 characters"],
      [{ amount_cents: undefined }, "amount_cents: Required"],
      [{ amount_cents: 0 }, `amount_cents: ${AMOUNT}`],
      [{ amount_cents: -1 }, `amount_cents: ${AMOUNT}`],
      [{ amount_cents: 99.5 }, `amount_cents: ${AMOUNT}`],
      [{ amount_cents: "9900" }, `amount_cents: ${AMOUNT}`],
      [{ amount_cents: 900_719_925_475 }, "amount_cents: Must be at most 900719925474"],
      [{ amount_cents: 1e300 }, "amount_cents: Must be at most 900719925474"],
      [{ currency: "JPY", amount_cents: 9_007_199_255 }, "amount_cents: Must be at most 9007199254"],
      [{ currency: "EURO" }, 'currency: Must be an ISO 4217 code such as "USD"'],
      [{ sale_type: "gift" }, "sale_type: Must be one of: payment, subscription"],
      [{ is_recurring: "true" }, "is_recurring: Must be a boolean"],
      [{ customer_key: undefined }, "click_id: Required, or else customer_key"],
      [{ product_id: "p".repeat(201) }, "product_id: Must be a string of at most 200 characters"],
      [{ line_items: ["x".repeat(8 * 1024)] }, "line_items: Must be at most 8 KiB as JSON"],
      [{ line_items: JSON.parse(`${"[".repeat(16)}${"]".repeat(16)}`) }, "line_items: Must be at most 15 levels deep"],
    ])("%j is refused, and the field named", async (fields, error) => {
      const program = await createProgram(server());
      await expectTrackError(await track(server(), "sale", sale(program, fields)), 400, `Invalid sale (${error})`);
    });

    test("with a number that only looks too large or too exact is judged by its value", async () => {
      const program = await createProgram(server());
      for (const [literal, amount] of [
        ["9900.0", 9_900],
        ["99e2", 9_900],
      ] as const) {
        const body = `{"transaction_id":"${unique("t")}","amount_cents":${literal},"customer_key":"${unique("u")}","program_id":${program.programId}}`;
        await expectStatus(await server().request("/api/v1/track/sale", { body }), 200);
        expect((await listEvents(server(), program)).data[0]).toMatchObject({ amount_cents: amount });
      }
    });
  });
});

describe("a transaction", () => {
  test("is known after a restart, and also when its sale is deleted; after the purge it is a new one", async () => {
    await using database = await createFileDatabase();
    const first = await startApp({ database: database.path });
    const program = await createProgram(first);
    const body = sale(program);
    await expectStatus(await track(first, "sale", body), 200);
    await first.stop();
    await using second = await startApp({ database: database.path });
    await expectTrackError(await track(second, "sale", body), 409, REPEATED);
    const { id } = await onlyEvent(second, program, "conversion");
    await markDeleted(database.sql, id);
    expect((await listEvents(second, program)).data).toEqual([]);
    await expectTrackError(await track(second, "sale", body), 409, REPEATED);
    await database.sql.execute({ sql: "DELETE FROM events WHERE id = ?", args: [id] });
    await expectStatus(await track(second, "sale", body), 200);
  });

  test("posted to two servers at once is stored by one of them", async () => {
    await using database = await startSqld();
    const config = { database: { kind: "remote", url: database.url } as const };
    await using first = await startApp({ config });
    await using second = await startApp({ config });
    const program = await createProgram(first);
    for (let round = 0; round < 5; round++) {
      const body = sale(program);
      const both = await Promise.all([track(first, "sale", body), track(second, "sale", body)]);
      expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    }
    expect((await listEvents(first, program)).meta.pagination.total).toBe(5);
  }, 60_000);

  test("stays one through 30 tries at once and a restart among them", async () => {
    await using folder = await createFolder();
    const database = join(folder.path, "footfall.db");
    const statuses: number[] = [];
    let program: Website | undefined;
    const transaction_id = unique("t");
    for (let round = 0; round < 2; round++) {
      await using server = await startApp({ database });
      program ??= await createProgram(server);
      const body = sale(program, { transaction_id });
      const answers = await Promise.all(Array.from({ length: 15 }, () => track(server, "sale", body)));
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(29);
  });
});
