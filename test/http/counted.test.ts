import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { apiOf } from "../../src/http/request-observer.ts";
import { ROUTES, type RouteName } from "../../src/http/routes.ts";
import { type Scrape, scrape } from "../support/scrape.ts";
import { TARGETS } from "../support/server.ts";
import { type AccessFixture, createAccessFixture } from "./access-fixture.ts";
import { routeSamples } from "./route-samples.ts";

/** They need the right to write, and bring no event. */
const NO_EVENTS: readonly RouteName[] = [
  "POST /api/integrations/cloudflare/verify",
  "POST /api/v1/track/refund",
  "POST /api/tracking/refund",
];

const WRITING = (Object.keys(ROUTES) as RouteName[]).filter((name) => {
  const { access } = ROUTES[name];
  return "permission" in access && access.permission === "events:write";
});
const POSTING = WRITING.filter((name) => !NO_EVENTS.includes(name));

for (const target of TARGETS) {
  describe(`${target.name}: events in the metrics`, () => {
    let fixture: AccessFixture;
    beforeAll(async () => {
      fixture = await createAccessFixture(target);
    });
    afterAll(() => fixture[Symbol.asyncDispose]());

    /** What a request adds to the events that are counted: its API's, and all. */
    async function countedFor(name: RouteName, json: unknown, result: string) {
      const counted = ({ sum }: Scrape) => [
        sum("footfall_events_total", { dialect: apiOf(ROUTES[name].dialect), result }),
        sum("footfall_events_total"),
      ];
      const before = counted(await scrape(fixture.server));
      const { path } = routeSamples(fixture)[name];
      const key = fixture.server.adminKey;
      const { status } = await fixture.request(path, { method: "POST", key, json });
      const after = counted(await scrape(fixture.server));
      return { status, counted: after.map((n, at) => n - (before[at] ?? 0)) };
    }

    test.each(POSTING)("%s counts an event that it stores, under its API", async (name) => {
      const { json, ok } = routeSamples(fixture)[name];
      expect(await countedFor(name, json, "stored")).toEqual({ status: ok, counted: [1, 1] });
    });

    test.each(POSTING)("%s counts one that it rejects", async (name) => {
      const { status, counted } = await countedFor(name, {}, "rejected");
      expect(status).toBe(400);
      expect(counted).toEqual([1, 1]);
    });

    test.each(NO_EVENTS)("%s counts none, taken or not", async (name) => {
      const { json, ok } = routeSamples(fixture)[name];
      expect(await countedFor(name, json, "stored")).toEqual({ status: ok, counted: [0, 0] });
      expect((await countedFor(name, {}, "rejected")).counted).toEqual([0, 0]);
    });
  });
}
