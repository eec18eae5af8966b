import { describe, expect, test } from "bun:test";
import { AppError, ERROR_CODES } from "../../../src/domain/errors.ts";
import { encodeError } from "../../../src/http/dialects/affiliate/errors.ts";
import { examplesOf, expectLike, GUIDE_HOST, readGuide } from "../../support/guide.ts";
import { onEveryTarget } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";

const GUIDE = await readGuide("affiliate-api.md");

/** What is the same in every answer, letter for letter; the rest is compared in kind. */
const FIXED = [
  "domain",
  "success",
  "partner_code",
  "cookie_window_days",
  "message",
  "commission_id",
  "payment_status",
  "refunded_amount_cents",
  "event_type",
  "amount_cents",
  "currency",
  "sale_type",
  "processor_event_id",
  "is_recurring",
  "customer_key",
  "session_id",
  "page_url",
  "referrer_url",
  "converted",
  "pagination",
  "clicks",
  "leads",
  "conversions",
  "conversionRate",
  "revenue",
  "totalClicks",
  "totalLeads",
  "totalConversions",
  "totalRevenue",
  "test_mode",
  "error",
];

describe("docs/affiliate-api.md", () => {
  onEveryTarget((server) => {
    test("its commands work one after the other, and answer what it shows", async () => {
      const env: Record<string, string> = { FOOTFALL_KEY: server().adminKey };
      const statuses: number[] = [];
      for (const { command, answer } of examplesOf(GUIDE)) {
        const { status, body } = await runCurl(command.replaceAll(GUIDE_HOST, server().url), { env });
        statuses.push(status);
        const answered = JSON.parse(body);
        expectLike(answered, answer, FIXED);
        if (answered.programId !== undefined) env.PROGRAM_ID = String(answered.programId);
        if (answered.click_id !== undefined) env.CLICK_ID = answered.click_id;
      }
      expect(statuses).toEqual([201, 200, 200, 200, 409, 200, 200, 200, 200, 200, 400, 400]);
    });
  });

  test("its table of errors tells the truth", () => {
    const table = GUIDE.slice(GUIDE.indexOf("## Errors\n"));
    const told = [...table.matchAll(/^\| (\d{3}) +\| `(\w+)`/gm)].map(([, status, name]) => `${status} ${name}`);
    const all = ERROR_CODES.map((code) => {
      const { status, body } = encodeError(new AppError(code, ""));
      return `${status} ${body.error.name}`;
    });
    // Nothing that this API does can be missing in an installation.
    expect(told).toEqual([...new Set(all)].filter((one) => !one.startsWith("501")).toSorted());
  });
});
