import { describe, expect, test } from "bun:test";
import { createSite, listEvents, pageView } from "../contract/collection/fixture.ts";
import { startApp, useServer } from "../support/server.ts";

describe("while the disk is nearly full", () => {
  const server = useServer(() => startApp({ overrides: { measureDisk: async () => ({ free: 0, total: 1e12 }) } }));

  test.each([
    ["/api/v1/events", (event: object) => event],
    ["/api/v1/events/batch", (event: object) => ({ events: [event] })],
    [
      "/api/v1/track",
      (event: { trackingCode?: string }) => ({ code: event.trackingCode, sid: "s", vid: "v", url: "http://a" }),
    ],
  ])("%s answers 507, says when to come back, and stores nothing; reading goes on", async (path, body) => {
    const site = await createSite(server());
    const response = await server().request(path, { json: body(pageView(site)), key: null });
    expect(response.status).toBe(507);
    expect(response.headers.get("retry-after")).toBe("60");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.json()).toEqual({
      error: "INSUFFICIENT_STORAGE",
      message: "The server's disk is nearly full: nothing can be stored until there is space",
    });
    expect((await listEvents(server(), site)).pagination.total).toBe(0);
  });
});
