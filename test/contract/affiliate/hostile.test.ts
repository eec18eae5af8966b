import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { depthOf, jsonDocument, meaningOf, textsOf, write } from "../../support/json-documents.ts";
import { startApp, useServer } from "../../support/server.ts";
import { createProgram, listEvents, unique, type Website, type What } from "./fixture.ts";

/** The fields of every body, beside one that is anything. */
const FIELDS: Readonly<Record<What, readonly string[]>> = {
  click: ["affiliate_url", "page_url", "page_title", "referrer_url", "existing_click_id", "user_agent", "geo_city"],
  lead: ["click_id", "customer_key", "click_ids", "email", "page_url", "session_id"],
  sale: [
    "transaction_id",
    "amount_cents",
    "customer_key",
    "click_id",
    "currency",
    "sale_type",
    "is_recurring",
    "line_items",
  ],
  refund: ["transaction_id", "refund_amount_cents", "refund_reason", "refund_id"],
};
const EVERYWHERE = ["program_id", "additional_data"];
const CASES = (Object.keys(FIELDS) as What[]).flatMap((what) =>
  [...FIELDS[what], ...EVERYWHERE].map((field) => ({ what, field })),
);

const isClean = (text: string): boolean => text.isWellFormed() && !text.includes("\0");

describe("whatever is sent", () => {
  const server = useServer(() => startApp());

  function bodyOf(what: What, program: Website): Record<string, unknown> {
    const origin = { customer_key: unique("u"), program_id: program.programId };
    if (what === "click") return { affiliate_url: `https://${program.domain}/?aff=P` };
    if (what === "refund") return { transaction_id: "never sold" };
    return what === "lead" ? origin : { ...origin, transaction_id: unique("t"), amount_cents: 1 };
  }

  /** The body with one field as it is written; the last of two equal fields counts. */
  const send = (what: What, body: Record<string, unknown>, field: string, json: string) =>
    server().request(`/api/v1/track/${what}`, { body: `${JSON.stringify(body).slice(0, -1)},"${field}":${json}}` });

  test("is stored or refused in one sentence, and what was stored can be listed", async () => {
    const program = await createProgram(server());
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...CASES), jsonDocument, async ({ what, field }, json) => {
        const response = await send(what, bodyOf(what, program), field, write(json));
        const answer = (await response.json()) as Record<string, unknown>;
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        if (response.status === 200) expect(answer.success).toBe(true);
        else expect(answer).toEqual({ error: expect.any(String) });
        expect([200, 400, 404, 409]).toContain(response.status);
      }),
      { numRuns: 1_000 },
    );
    expect([...statuses.keys()].toSorted()).toEqual(expect.arrayContaining([200, 400, 404]));
    const { meta } = await listEvents(server(), program);
    expect(meta.pagination.total).toBeGreaterThan(50);
    for (let page = 1; page <= meta.pagination.pageCount; page++) await listEvents(server(), program, { page });
  }, 60_000);

  test("as additional data is kept letter for letter, also by a refund, or refused for its depth or its texts", async () => {
    const program = await createProgram(server());
    const listed = async () => {
      const page = await server().request(`/api/v1/events?trackingCode=${program.trackingCode}&limit=1`);
      return page.text();
    };
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(jsonDocument, async (json) => {
        const body = bodyOf("sale", program);
        const response = await send("sale", body, "additional_data", `{"x":${write(json)}}`);
        const read = meaningOf(json);
        const isStorable = textsOf(read).every(isClean) && depthOf(read) < 15;
        expect(response.status).toBe(isStorable ? 200 : 400);
        if (!isStorable) return;
        kept += 1;
        const before = /"additional_data":.*?(?=\}\}\],"pagination")/s.exec(await listed())?.[0];
        expect(before).toBeString();
        const refund = { transaction_id: body.transaction_id, refund_reason: "r" };
        expect((await server().request("/api/v1/track/refund", { json: refund })).status).toBe(200);
        const after = await listed();
        expect(after).toContain(`${before},"refunded_amount_cents":1,`);
        expect(after).toContain('"payment_status":"refunded"');
      }),
      { numRuns: 300 },
    );
    expect(kept).toBeGreaterThan(100);
  }, 60_000);
});
