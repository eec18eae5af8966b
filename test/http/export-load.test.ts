import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { createClient } from "@libsql/client";
import { createEvents, createSite, expectError, pageView, type Website } from "../contract/collection/fixture.ts";
import { eventually } from "../support/clock.ts";
import { startApp, type TestServer } from "../support/server.ts";

const EVENTS = 600;
const PROPERTIES = { text: "x".repeat(30_000) };

let server: TestServer;
/** Its export is more than the connections of a client that takes nothing hold. */
let site: Website;

beforeAll(async () => {
  server = await startApp();
  site = await createSite(server);
  for (let n = 0; n < EVENTS; n += 100) {
    await createEvents(
      server,
      Array.from({ length: 100 }, () => pageView(site, { properties: PROPERTIES })),
    );
  }
});
afterAll(() => server.stop());

const path = () => `/api/v1/events/export?trackingCode=${site.trackingCode}`;

/** A client that asks for the export and then takes nothing, until it is told to. */
async function stalledClient(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  const head = `Host: a\r\nAuthorization: Bearer ${server.adminKey}\r\nConnection: close\r\n`;
  socket.write(`GET ${path()} HTTP/1.1\r\n${head}\r\n`);
  await new Promise<void>((resolve) => socket.once("readable", () => resolve()));
  socket.pause();
  return socket;
}

async function allOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return Buffer.concat(chunks).toString();
}

describe("an export whose client takes nothing", () => {
  test("keeps no transaction open: the log can be cut, and goes on as if nothing had been", async () => {
    const socket = await stalledClient();
    // Never waits: it would do so on this thread, which the last stretch needs to come to its end.
    const sql = createClient({ url: `file:${server.database}`, timeout: 0 });
    try {
      for (let n = 0; n < 3; n++) {
        await createEvents(server, [pageView(await createSite(server))]);
        await eventually("the log is cut", 10_000, async () => {
          const { rows } = await sql.execute("PRAGMA wal_checkpoint(TRUNCATE)");
          return Number(rows[0]?.busy) === 0;
        });
      }
    } finally {
      sql.close();
    }
    const answer = await allOf(socket);
    expect(answer.match(/"eventType":"pageview"/g)).toHaveLength(EVENTS);
    expect(answer.trimEnd()).toEndWith("\r\n0");
  }, 30_000);

  test("takes one of eight places, until it leaves", async () => {
    const sockets = await Promise.all(Array.from({ length: 8 }, stalledClient));
    const refused = await server.request(path());
    expect(refused.headers.get("retry-after")).toBe("5");
    await expectError(refused, 503, "OVERLOADED", "There are 8 exports already; try again later");
    for (const socket of sockets) socket.destroy();
    const lines = await eventually("there is a place", 10_000, async () => {
      const response = await server.request(path());
      return response.status === 200 ? (await response.text()).split("\n").length : response.text().then(() => null);
    });
    expect(lines).toBe(EVENTS + 1);
  }, 30_000);
});

test("events are posted and listed while a site is exported again and again", async () => {
  const other = await createSite(server);
  let isExporting = true;
  const exporting = (async () => {
    for (let n = 0; n < 5; n++)
      expect((await (await server.request(path())).text()).split("\n")).toHaveLength(EVENTS + 1);
    isExporting = false;
  })();
  let posted = 0;
  while (isExporting) {
    await createEvents(server, [pageView(other)]);
    posted += 1;
  }
  await exporting;
  const list = await server.request(`/api/v1/events?trackingCode=${other.trackingCode}&limit=1`);
  expect(await list.json()).toMatchObject({ pagination: { total: posted } });
}, 30_000);
