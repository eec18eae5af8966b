import { describe, expect, test } from "bun:test";
import { REJECTION_REASONS } from "../../src/domain/rejection.ts";
import { createSite } from "../contract/collection/fixture.ts";
import { examplesOf, expectLike, GUIDE_HOST, readGuide } from "../support/guide.ts";
import { onEveryTarget } from "../support/server.ts";
import { runCurl } from "../support/shell.ts";

const GUIDE = await readGuide("rejected-events.md");

describe("docs/rejected-events.md", () => {
  onEveryTarget((server) => {
    test("its commands work one after the other, and answer what it shows", async () => {
      const { trackingCode } = await createSite(server());
      const env = { FOOTFALL_KEY: server().adminKey, TRACKING_CODE: trackingCode };
      const fixed = ["error", "message", "reason", "dialect", "fieldErrors", "truncated", "limit"];
      const events: unknown[] = [];
      for (const { command, answer } of examplesOf(GUIDE)) {
        const { body } = await runCurl(command.replaceAll(GUIDE_HOST, server().url), { env });
        expectLike(JSON.parse(body), answer, fixed);
        events.push(
          JSON.parse(body).rejections?.[0].event,
          (answer as { rejections?: { event: string }[] }).rejections?.[0]?.event,
        );
      }
      expect(events[2]).toBe(String(events[3]).replace("pm-…", trackingCode));
    });
  });

  test("its table names every reason", () => {
    const told = [...GUIDE.matchAll(/^\| `(\w+)` +\|/gm)].map(([, reason]) => reason);
    expect(told).toEqual([...REJECTION_REASONS]);
  });
});
