import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { createClient } from "@libsql/client";
import type { FollowTiming } from "../../src/domain/follow-events.ts";
import {
  createEvent,
  createEvents,
  createKey,
  createSite,
  pageView,
  type Website,
} from "../contract/collection/fixture.ts";
import { createTestClock, eventually } from "../support/clock.ts";
import { type OpenStream, readEventStream } from "../support/event-stream.ts";
import { type StartOptions, startApp, type TestServer } from "../support/server.ts";

const QUICK: FollowTiming = { heartbeatMs: 20, pollMs: 10, pauseMs: 0 };

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  await cleanup.disposeAsync();
  cleanup = new AsyncDisposableStack();
});

async function start(overrides: StartOptions["overrides"] = {}): Promise<TestServer> {
  return cleanup.use(await startApp({ overrides: { followTiming: QUICK, ...overrides } }));
}

async function open(server: TestServer, site: Website, key = server.adminKey): Promise<OpenStream> {
  const leaving = new AbortController();
  const path = `/api/v1/events/stream?trackingCode=${site.trackingCode}`;
  const response = await server.request(path, { key, signal: leaving.signal });
  expect(response.status).toBe(200);
  return cleanup.use(readEventStream(response, () => leaving.abort()));
}

describe("an event stream", () => {
  test("shows a sign of life when nothing comes, with the place to come back to", async () => {
    const server = await start();
    const site = await createSite(server);
    const stream = await open(server, site);
    const { id } = await createEvent(server, pageView(await createSite(server)));
    const waiting = stream.next();
    const firstPlace = await eventually("the first place", 5_000, () =>
      stream.lines().find((line) => line.startsWith("id: ")),
    );
    // The event of another website moves the place without being shown.
    await eventually("a sign of life", 5_000, () => {
      const lines = stream.lines();
      return lines.includes(": still here") && lines.findLast((line) => line.startsWith("id: ")) !== firstPlace;
    });
    const own = await createEvent(server, pageView(site));
    expect(JSON.parse((await waiting)?.data ?? "null").id).toBe(own.id);
    expect(own.id).not.toBe(id);
  });

  test("ends when its key is revoked or expires, and goes on for others", async () => {
    const clock = createTestClock();
    const server = await start({ clock });
    const site = await createSite(server);
    const wish = { permissions: ["events:read"], sites: [site.id] };
    const expiring = await createKey(server, { ...wish, expiresAt: new Date(clock.now() + 60_000).toISOString() });
    const revoked = await createKey(server, wish);
    const streams = await Promise.all([expiring, revoked, server.adminKey].map((key) => open(server, site, key)));
    const [ofExpiring, ofRevoked, ofAdmin] = streams as [OpenStream, OpenStream, OpenStream];
    const ends = [ofExpiring.next(), ofRevoked.next()];

    clock.advance(61_000);
    expect(await ends[0]).toBeNull();
    const client = createClient({ url: `file:${server.database}`, timeout: 5_000 });
    await client.execute({
      sql: "UPDATE api_keys SET revoked_at = 1 WHERE id = ?",
      args: [revoked.split("_")[1] ?? ""],
    });
    client.close();
    expect(await ends[1]).toBeNull();

    const { id } = await createEvent(server, pageView(site));
    expect(JSON.parse((await ofAdmin.next())?.data ?? "null").id).toBe(id);
  }, 20_000);

  test("leaves its place when it is only asked for by HEAD", async () => {
    const server = await start();
    const site = await createSite(server);
    for (let n = 0; n < 100; n++) {
      const path = `/api/v1/events/stream?trackingCode=${site.trackingCode}`;
      expect((await server.request(path, { method: "HEAD" })).status).toBe(200);
    }
    await open(server, site);
  });

  test("ends orderly when the server stops, before anything else is waited for", async () => {
    const server = await start({ followTiming: { ...QUICK, pollMs: 3_600_000, heartbeatMs: 3_600_000 } });
    const site = await createSite(server);
    const path = `/api/v1/events/stream?trackingCode=${site.trackingCode}`;
    const response = await server.request(path);
    const text = response.text();
    await server.stop();
    // Cut off, it would be an error.
    expect(await text).toStartWith("retry: 2000\n");
  }, 20_000);

  test("whose client takes nothing does not hold up a stop", async () => {
    const server = await start();
    const site = await createSite(server);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    cleanup.defer(() => void socket.destroy());
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    socket.pause();
    const path = `/api/v1/events/stream?trackingCode=${site.trackingCode}`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${server.adminKey}\r\n\r\n`);
    // More than the connection holds.
    const properties = { text: "x".repeat(30_000) };
    for (let n = 0; n < 12; n++)
      await createEvents(
        server,
        Array.from({ length: 100 }, () => pageView(site, { properties })),
      );
    const startedAt = performance.now();
    await server.stop();
    // After 8 s it would have been cut.
    expect(performance.now() - startedAt).toBeLessThan(6_000);
  }, 30_000);
});
