import { describe, expect, test } from "bun:test";
import { examplesOf, expectLike, GUIDE_HOST, readGuide } from "../../support/guide.ts";
import { onEveryTarget } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";
import { createEvent, createSite, pageView } from "./fixture.ts";

const EXAMPLES = examplesOf(await readGuide("deletion.md"));

/** What is the same in every answer, letter for letter; the rest is compared in kind. */
const FIXED = [
  "action",
  "deleted",
  "dryRun",
  "eventType",
  "events",
  "filter",
  "kind",
  "limit",
  "missing",
  "progress",
  "purged",
  "reason",
  "restored",
  "retentionDays",
  "status",
  "url",
];

/** The deletions of the guide, by the ids that they have in it. */
const TOLD = /del-\d+/g;

describe("docs/deletion.md", () => {
  onEveryTarget((server) => {
    test("its commands work one after the other, and answer what it shows", async () => {
      const site = await createSite(server());
      const event = (path: string, timestamp?: number) =>
        createEvent(
          server(),
          pageView(site, { url: `https://shop.example${path}`, ...(timestamp ? { timestamp } : {}) }),
        );
      const checkout = [
        await event("/checkout", Date.UTC(2026, 2, 1)),
        await event("/checkout/pay", Date.UTC(2026, 2, 31)),
      ];
      const { id } = await event("/");
      const env = { FOOTFALL_KEY: server().adminKey, TRACKING_CODE: site.trackingCode, EVENT_ID: id };
      const bodies: string[] = [];
      for (const { command, answer } of EXAMPLES) {
        const { status, body } = await runCurl(command.replaceAll(GUIDE_HOST, server().url), { env });
        expect(`${status} to ${command}`).toBe(`200 to ${command}`);
        bodies.push(body);
        if (answer !== undefined) expectLike(JSON.parse(body), answer, FIXED);
      }
      // One command shows no answer: the export. What is deleted is not in it.
      const exported = bodies.filter((_, n) => EXAMPLES[n]?.answer === undefined);
      expect(exported).toHaveLength(1);
      const lines = (exported[0] ?? "").trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line).id)).toEqual(checkout.map((each) => each.id));
      const told = EXAMPLES.flatMap(({ answer }) => JSON.stringify(answer)?.match(TOLD) ?? []);
      const said = bodies.flatMap((body) => body.match(TOLD) ?? []);
      expect(new Set(said)).toEqual(new Set(told));
    });
  });
});
