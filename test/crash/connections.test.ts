import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ADMIN_KEY, temporaryFolder } from "../support/server.ts";
import { connect } from "./support/connection.ts";
import { quantile, residentMegabytes } from "./support/process-memory.ts";
import { type StartedServer, startServer, waitUntil } from "./support/server.ts";

const CONNECTIONS = Number(process.env.FOOTFALL_CRASH_CONNECTIONS ?? 1_000);
const IDLE = Math.floor(CONNECTIONS * 0.9);
const SLOW = CONNECTIONS - IDLE;
const POSTS = 500;

/** A slow client sends a byte as often. */
const BYTE_EVERY_MS = 250;

/** The server closes a connection that says nothing for half a minute, and looks now and then only. */
const CLOSED_WITHIN_MS = 90_000;

/** What ten thousand of them may cost the server. */
const MAX_GROWTH_MB = 64;

/** Far above what a request takes: it finds a server that is stuck, not a busy machine. */
const STUCK_MS = 2_000;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Crowd extends Disposable {
  /** How many of them the server has not closed. */
  open(): number;
}

/** Beginnings of requests that never come to an end, byte by byte: of a head, of a body, of chunks. */
const SLOW_REQUESTS = [
  `GET /api/v1/events HTTP/1.1\r\nHost: x\r\nX-Slow: ${"a".repeat(200)}`,
  `POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"trackingCode":"${"a".repeat(200)}`,
  `POST /api/v1/events/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(50)}`,
];

/** Opens connections that never ask for anything, and others that never finish asking. */
async function gather(server: StartedServer): Promise<Crowd> {
  const { hostname, port } = new URL(server.url);
  let open = 0;
  const openOne = () =>
    Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: () => {
          open += 1;
        },
        close: () => {
          open -= 1;
        },
        data: () => {},
        error: () => {},
      },
    });
  const idle: Bun.Socket[] = [];
  const slow: { socket: Bun.Socket; rest: string }[] = [];
  // Not all at once: the system lets some hundreds wait.
  for (let number = 0; number < CONNECTIONS; number += 100) {
    const some = await Promise.all(Array.from({ length: Math.min(100, CONNECTIONS - number) }, openOne));
    for (const socket of some) {
      if (idle.length < IDLE) idle.push(socket);
      else slow.push({ socket, rest: SLOW_REQUESTS[slow.length % SLOW_REQUESTS.length] ?? "" });
    }
  }
  // All but the end of it at once, and the rest byte by byte: the server has begun to read it.
  for (const one of slow) {
    one.socket.write(one.rest.slice(0, -150));
    one.rest = one.rest.slice(-150);
  }
  const drip = setInterval(() => {
    for (const one of slow) {
      one.socket.write(one.rest.slice(0, 1));
      one.rest = one.rest.slice(1);
    }
  }, BYTE_EVERY_MS);
  return {
    open: () => open,
    [Symbol.dispose]() {
      clearInterval(drip);
      for (const socket of [...idle, ...slow.map((one) => one.socket)]) socket.terminate();
    },
  };
}

/** How long posts take, one after the other, in ms. */
async function post(server: StartedServer): Promise<readonly number[]> {
  using connection = await connect(server.url);
  const event = { eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" };
  const body = JSON.stringify({ ...event, trackingCode: server.trackingCode });
  const times: number[] = [];
  for (let number = 0; number < POSTS; number++) {
    const startedAt = performance.now();
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const answer = await connection.send({ method: "POST", path: "/api/v1/events", headers, body });
    expect(answer.status).toBe(201);
    times.push(performance.now() - startedAt);
  }
  return times;
}

describe(`${IDLE} idle connections and ${SLOW} slow ones`, () => {
  test("stop no other client, cost little memory, and are closed in the end", async () => {
    const server = await startServer(join(folder, "connections.db"));
    const { pid } = server.process;
    await post(server);
    const alone = await post(server);
    const before = await residentMegabytes(pid);
    using crowd = await gather(server);
    await waitUntil("all are connected", 10_000, () => crowd.open() === CONNECTIONS);
    const among = await post(server);
    const grown = (await residentMegabytes(pid)) - before;
    const ms = (times: readonly number[]) => quantile(times, 0.99).toFixed(1);
    console.info(
      `${CONNECTIONS} connections: p99 of a post ${ms(among)} ms instead of ${ms(alone)} ms, ${grown.toFixed(0)} MB more`,
    );
    expect(quantile(among, 0.99)).toBeLessThan(STUCK_MS);
    expect(grown).toBeLessThan(MAX_GROWTH_MB);
    const startedAt = performance.now();
    await waitUntil("all of them are closed", CLOSED_WITHIN_MS, () => crowd.open() === 0);
    console.info(`all closed after ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    await post(server);
    await server.stop();
    expect(server.process.exitCode).toBe(0);
    expect(server.stderr()).not.toContain('"level":"error"');
  }, 180_000);
});
