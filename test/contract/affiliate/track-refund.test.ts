import { describe, expect, test } from "bun:test";
import { onEveryTarget, startApp } from "../../support/server.ts";
import { createFileDatabase, markDeleted } from "../../support/store.ts";
import {
  createKey,
  createProgram,
  expectStatus,
  expectTrackError,
  type Fields,
  onlyEvent,
  track,
  trackSale,
  unique,
} from "./fixture.ts";

const NO_SALE = "No sale has this transaction_id";

describe("a refund", () => {
  onEveryTarget((server) => {
    /** A program with one sale of 99.00 USD. */
    async function createSale(fields: Fields = {}) {
      const program = await createProgram(server());
      const transaction_id = unique("txn");
      const sale_id = await trackSale(server(), {
        transaction_id,
        customer_key: unique("u"),
        program_id: program.programId,
        ...fields,
      });
      const refund = (said: Fields = {}, key?: string | null) =>
        track(server(), "refund", { transaction_id, ...said }, key);
      const state = async () => (await onlyEvent(server(), program, "conversion")).payment_status;
      return { program, transaction_id, sale_id, refund, state };
    }

    test("of all makes the sale refunded; again changes nothing", async () => {
      const { sale_id, refund, state } = await createSale();
      const answer = {
        success: true,
        sale_id,
        commission_id: null,
        payment_status: "refunded",
        refunded_amount_cents: 9_900,
        message: "Refund tracked successfully",
      };
      expect(await expectStatus(await refund({ refund_reason: "broken" }), 200)).toEqual(answer);
      expect(await state()).toBe("refunded");
      for (const again of [{}, { refund_reason: "other" }, { refund_amount_cents: 5 }, { refund_amount_cents: 0 }]) {
        expect(await expectStatus(await refund(again), 200)).toEqual(answer);
      }
    });

    test("of a part makes it partially refunded, until nothing of it is left", async () => {
      const { program, refund, state } = await createSale();
      const partial = { refund_amount_cents: 4_000, refund_reason: "one of two" };
      expect(await expectStatus(await refund(partial), 200)).toMatchObject({
        payment_status: "partially_refunded",
        refunded_amount_cents: 4_000,
      });
      expect(await state()).toBe("partially_refunded");
      expect(await onlyEvent(server(), program, "conversion")).toMatchObject({ amount_cents: 9_900 });
      const tooMuch = await refund({ refund_amount_cents: 5_901 });
      await expectTrackError(
        tooMuch,
        400,
        "Invalid refund (refund_amount_cents: Must be at most 5900, which is left of the sale)",
      );
      expect(await expectStatus(await refund({ refund_amount_cents: 5_900 }), 200)).toMatchObject({
        payment_status: "refunded",
        refunded_amount_cents: 9_900,
      });
      expect(await state()).toBe("refunded");
    });

    test("sent twice is one; two equal ones are told apart by their ids", async () => {
      const { refund } = await createSale();
      const refunded = async (said: Fields) =>
        ((await expectStatus(await refund(said), 200)) as { refunded_amount_cents: number }).refunded_amount_cents;
      expect(await refunded({ refund_amount_cents: 100 })).toBe(100);
      expect(await refunded({ refund_amount_cents: 100 })).toBe(100);
      expect(await refunded({ refund_amount_cents: 100, refund_id: "a" })).toBe(200);
      expect(await refunded({ refund_amount_cents: 100, refund_id: "b" })).toBe(300);
      expect(await refunded({ refund_amount_cents: 100, refund_id: "a" })).toBe(300);
    });

    test("sent by many at once counts once, and many never exceed the sale", async () => {
      const { refund, state } = await createSale();
      const same = await Promise.all(Array.from({ length: 10 }, () => refund({ refund_amount_cents: 1_000 })));
      for (const response of same) {
        expect(await expectStatus(response, 200)).toMatchObject({ refunded_amount_cents: 1_000 });
      }
      const many = await Promise.all(
        Array.from({ length: 12 }, (_, n) => refund({ refund_amount_cents: 1_000, refund_id: `r${n}` })),
      );
      const taken = many.filter(({ status }) => status === 200);
      expect(taken).toHaveLength(8);
      expect(many.filter(({ status }) => status === 400)).toHaveLength(4);
      expect(await state()).toBe("partially_refunded");
    });

    test("is kept with its sale, beside what else is there", async () => {
      const { program, refund } = await createSale({ product_id: "p" });
      await refund({ refund_amount_cents: 1, refund_reason: `${"r".repeat(199)}😀`, refund_id: "id" });
      const listed = await server().request(`/api/v1/events?trackingCode=${program.trackingCode}`);
      const { events } = (await listed.json()) as { events: { properties: Fields; value: number }[] };
      expect(events[0]?.value).toBe(99);
      expect(events[0]?.properties).toMatchObject({
        product_id: "p",
        payment_status: "partially_refunded",
        refunded_amount_cents: 1,
        refunds: [
          {
            amount_cents: 1,
            reason: "r".repeat(199),
            refund_id: "id",
            refunded_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          },
        ],
      });
    });

    test("of a sale that is not there is 404, also of another program's", async () => {
      const [one, other] = [await createSale(), await createSale()];
      const key = await createKey(server(), { permissions: ["events:write"], sites: [other.program.id] });
      await expectTrackError(await track(server(), "refund", { transaction_id: unique("no") }), 404, NO_SALE);
      await expectTrackError(await one.refund({}, key), 404, NO_SALE);
      await expectTrackError(await one.refund({ program_id: other.program.programId }), 404, NO_SALE);
      await expectTrackError(
        await one.refund({ program_id: one.program.programId }, key),
        403,
        "The API key is for other programs",
      );
      expect(await one.state()).toBe("paid");
      expect((await other.refund({}, key)).status).toBe(200);
    });

    test("has to name the program where several have the transaction", async () => {
      const one = await createSale();
      const other = await createSale({ transaction_id: one.transaction_id });
      await expectTrackError(
        await one.refund(),
        400,
        "Invalid refund (program_id: Required: several programs have this transaction)",
      );
      expect((await one.refund({ program_id: other.program.programId })).status).toBe(200);
      expect([await one.state(), await other.state()]).toEqual(["paid", "refunded"]);
    });

    test("wants a key that may post", async () => {
      const { refund, program } = await createSale();
      const reader = await createKey(server(), { permissions: ["events:read"], sites: [program.id] });
      await expectTrackError(
        await refund({}, null),
        401,
        'An API key is required: send it as "Authorization: Bearer <API key>"',
      );
      await expectTrackError(await refund({}, reader), 403, "The API key lacks the permission events:write");
    });

    test.each<readonly [Fields, string]>([
      [{ transaction_id: undefined }, "transaction_id: Required"],
      [{ transaction_id: "" }, "transaction_id: Must be a string of 1 to 200 characters"],
      [{ transaction_id: 5 }, "transaction_id: Must be a string of 1 to 200 characters"],
      [
        { refund_amount_cents: -1 },
        "refund_amount_cents: Must be a whole number of at least 0, in the currency's smallest unit",
      ],
      [
        { refund_amount_cents: 1.5 },
        "refund_amount_cents: Must be a whole number of at least 0, in the currency's smallest unit",
      ],
      [{ refund_id: "r".repeat(201) }, "refund_id: Must be a string of at most 200 characters"],
    ])("%j is refused, and the field named", async (fields, error) => {
      const response = await track(server(), "refund", { transaction_id: "t", ...fields });
      await expectTrackError(response, 400, `Invalid refund (${error})`);
    });
  });

  test("of a deleted sale is 404", async () => {
    await using database = await createFileDatabase();
    await using server = await startApp({ database: database.path });
    const program = await createProgram(server);
    const transaction_id = unique("txn");
    const id = await trackSale(server, { transaction_id, customer_key: "u", program_id: program.programId });
    await markDeleted(database.sql, id);
    await expectTrackError(await track(server, "refund", { transaction_id }), 404, NO_SALE);
  });
});
