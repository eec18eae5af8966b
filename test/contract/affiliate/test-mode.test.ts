import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
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
  type What,
} from "./fixture.ts";

describe("a test", () => {
  onEveryTarget((server) => {
    const test_mode = (program_id?: unknown) => ({ additional_data: { test_mode: true, program_id } });

    async function trackTest(what: What, body: Fields, key?: string): Promise<Fields> {
      const response = await track(server(), what, body, key);
      return ((await expectStatus(response, 200)) as { data: Fields }).data;
    }

    test.each<readonly [What, Fields]>([
      ["click", { affiliate_url: "https://anywhere.example/?aff=P" }],
      ["click", {}],
      ["lead", { click_id: "test_lead_001", customer_key: "test_customer" }],
      ["lead", {}],
      ["sale", { amount_cents: 9_900, transaction_id: "test_txn", customer_key: "test_customer" }],
      ["sale", {}],
    ])(
      "%s %j is answered as a test of its program, and seen by nobody who does not ask for tests",
      async (what, body) => {
        const program = await createProgram(server());
        const { programId } = program;
        for (const named of [programId, `${programId}`]) {
          const fields = body.transaction_id === undefined ? body : { ...body, transaction_id: unique("txn") };
          const response = await track(server(), what, { ...fields, ...test_mode(named) });
          expect(await expectStatus(response, 200)).toEqual({
            success: true,
            message: `Test ${what} tracked successfully`,
            data: { eventId: expect.any(Number), programId, test_mode: true },
          });
        }
        expect((await listEvents(server(), program)).meta.pagination.total).toBe(0);
        const status = await server().request(`/api/tracking/status/${programId}`);
        expect(await status.json()).toEqual({
          data: { programId, clicks: 0, leads: 0, conversions: 0, last_event_at: null },
        });
        const total = async (query: string) => {
          const listed = await server().request(`/api/v1/events?trackingCode=${program.trackingCode}${query}`);
          return ((await listed.json()) as { pagination: { total: number } }).pagination.total;
        };
        expect(await total("")).toBe(0);
        expect(await total("&includeTest=true")).toBe(2);
      },
    );

    test("is of the program that it names, wherever its link leads", async () => {
      const [own, other] = [await createProgram(server()), await createProgram(server())];
      const link = { affiliate_url: `https://${other.domain}/?aff=P` };
      expect(await trackTest("click", { ...link, ...test_mode(own.programId) })).toMatchObject({
        programId: own.programId,
      });
      // Without a name, of the program that a real one would be of.
      expect(await trackTest("click", { ...link, ...test_mode() })).toMatchObject({ programId: other.programId });
      const key = await createKey(server(), { permissions: ["events:write"], sites: [own.id] });
      expect(await trackTest("sale", test_mode(), key)).toMatchObject({ programId: own.programId });
    });

    test("of a sale still wants a key", async () => {
      const program = await createProgram(server());
      expect((await track(server(), "sale", test_mode(program.programId), null)).status).toBe(401);
    });

    test("is only one where test_mode is true", async () => {
      const program = await createProgram(server());
      for (const flag of ["true", 1, false, null]) {
        const body = { customer_key: unique("u"), additional_data: { test_mode: flag, program_id: program.programId } };
        await trackLead(server(), body);
      }
      expect((await listEvents(server(), program)).meta.pagination.total).toBe(4);
    });

    test("has transactions of its own: none of them stands in the way of a real one", async () => {
      const program = await createProgram(server());
      const body = { transaction_id: unique("txn"), amount_cents: 500, customer_key: unique("u") };
      await trackTest("sale", { ...body, ...test_mode(program.programId) });
      const again = await track(server(), "sale", { ...body, ...test_mode(program.programId) });
      await expectTrackError(again, 409, "This transaction_id has been tracked already");
      await trackSale(server(), { ...body, program_id: program.programId });

      const refund = { transaction_id: body.transaction_id };
      expect(await trackTest("refund", { ...refund, ...test_mode() })).toMatchObject({ programId: program.programId });
      expect(await onlyEvent(server(), program, "conversion")).toMatchObject({ payment_status: "paid" });
    });

    test("converts nothing real, and is tied to nothing real", async () => {
      const program = await createProgram(server());
      const customer = unique("u");
      const click = await trackClick(server(), program);
      await trackLead(server(), { click_id: click, customer_key: customer });
      const sale = { transaction_id: unique("t"), amount_cents: 1, customer_key: customer, click_id: click };
      await trackTest("sale", { ...sale, ...test_mode(program.programId) });
      const { data } = await listEvents(server(), program);
      expect(data.map(({ converted }) => converted)).toEqual([false, false]);
      // A test's customer is known to tests alone.
      const tested = unique("u");
      await trackTest("lead", { customer_key: tested, ...test_mode(program.programId) });
      expect((await track(server(), "lead", { customer_key: tested })).status).toBe(400);
      expect(await trackTest("lead", { customer_key: tested, ...test_mode() })).toMatchObject({
        programId: program.programId,
      });
    });
  });
});
