import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { createSite, expectError, expectInvalid, expectStatus, listEvents, pageView } from "./fixture.ts";

const LIMIT = 4 * 1024 * 1024;
const INVALID_BATCH = "Invalid batch event data";

describe("the body of POST /api/v1/events/batch", () => {
  onEveryTarget((server) => {
    test.each([
      ["{}", { events: ["Required"] }],
      ['{"events":[]}', { events: ["Must have at least 1 item"] }],
      ['{"events":{}}', { events: ["Must be an array"] }],
      ['{"events":null}', { events: ["Must be an array"] }],
      ["[]", { body: ["Must be an object"] }],
      ["5", { body: ["Must be an object"] }],
    ])("400 for %s, which is no batch", async (body, fieldErrors) => {
      const response = await server().request("/api/v1/events/batch", { body, key: null });
      await expectInvalid(response, fieldErrors, INVALID_BATCH);
    });

    test("ignores fields beside the events", async () => {
      const site = await createSite(server());
      const json = { events: [pageView(site)], sentAt: 1, toString: "x", constructor: {} };
      await expectStatus(await server().request("/api/v1/events/batch", { json, key: null }), 201);
    });

    test("as text/plain and without a Content-Type", async () => {
      const site = await createSite(server());
      const body = new TextEncoder().encode(JSON.stringify({ events: [pageView(site)] }));
      for (const headers of [{}, { "content-type": "text/plain" }]) {
        await expectStatus(await server().request("/api/v1/events/batch", { body, headers, key: null }), 201);
      }
    });

    test("400 for what is no JSON, 413 above 4 MiB", async () => {
      const send = (body: string) => server().request("/api/v1/events/batch", { body, key: null });
      await expectError(await send("{"), 400, "INVALID_JSON", "The request body is not valid JSON");
      const tooLarge = `The request body must be at most ${LIMIT} bytes`;
      await expectError(await send(" ".repeat(LIMIT + 1)), 413, "PAYLOAD_TOO_LARGE", tooLarge);
      await expectError(await send(" ".repeat(LIMIT)), 400, "INVALID_JSON", "The request body is not valid JSON");
    });

    test("a batch of 4 MiB is stored", async () => {
      const site = await createSite(server());
      const event = pageView(site, { properties: { text: "x".repeat(30_000) } });
      const batch = JSON.stringify({ events: Array(130).fill(event) });
      const body = batch + " ".repeat(LIMIT - batch.length);
      await expectStatus(await server().request("/api/v1/events/batch", { body, key: null }), 201);
      expect((await listEvents(server(), site, { limit: 1 })).pagination.total).toBe(130);
    });
  });
});
