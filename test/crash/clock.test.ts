import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { inspectFile, readAllEvents } from "./support/inspect.ts";
import { type StartedServer, startServer, waitUntil } from "./support/server.ts";

/** Where Debian's package `faketime` has its library, on the machines that it is tried on. */
const LIBRARIES = ["x86_64", "aarch64"].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`);

function findLibrary(): string {
  const library = LIBRARIES.find((path) => existsSync(path));
  if (!library) throw new Error("libfaketime is missing; install it: apt-get install faketime");
  return library;
}

/** Ahead and back, by the amounts that broken clocks make, and in the end where it began. */
const STEPS = ["+1h", "+0", "-1h", "+10y", "-10y", "+0"] as const;

const WITHIN_MS = 20_000;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A server whose operating system's clock can be set: the process runs on, its clock jumps. */
async function startWithClock(name: string, env: Record<string, string> = {}) {
  const timeFile = join(folder, `${name}.time`);
  const setClock = (offset: string) => writeFile(timeFile, `${offset}\n`);
  await setClock("+0");
  const server = await startServer(join(folder, `${name}.db`), {
    env: {
      LD_PRELOAD: findLibrary(),
      FAKETIME_TIMESTAMP_FILE: timeFile,
      FAKETIME_NO_CACHE: "1",
      // Timers and deadlines go by a clock that nobody sets.
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      ...env,
    },
  });
  return { server, setClock };
}

const event = ({ trackingCode }: StartedServer, number: number) => ({
  trackingCode,
  eventType: "click",
  url: `https://a.example/${number}`,
  sessionId: `s${number}`,
  visitorId: "v",
  timestamp: Date.UTC(2001, 0, 1),
  eventId: `clock-${number}`,
});

async function post(server: StartedServer, number: number): Promise<{ id: string; createdAt: string }> {
  const answer = await server.request("/api/v1/events", { json: event(server, number) });
  expect(answer.status).toBe(201);
  return (await answer.json()) as { id: string; createdAt: string };
}

/** Where the clock is, in years from now. */
async function yearsOff(server: StartedServer): Promise<number> {
  const { headers } = await server.request("/health");
  return (Date.parse(headers.get("date") ?? "") - Date.now()) / (365 * 86_400_000);
}

/** Events in the file, deleted ones included. */
function countRows(database: string): number {
  using file = new Database(database, { readonly: true });
  return (file.query("SELECT count(*) AS n FROM events NOT INDEXED").get() as { n: number }).n;
}

describe("an operating system's clock that jumps under a running server", () => {
  test("moves no id back, and the server goes on", async () => {
    const { server, setClock } = await startWithClock("ids");
    const ids: number[] = [];
    const created: number[] = [];
    for (const [step, offset] of STEPS.entries()) {
      await setClock(offset);
      for (let number = 0; number < 20; number++) {
        const { id, createdAt } = await post(server, step * 20 + number);
        ids.push(Number.parseInt(id, 36));
        created.push(Date.parse(createdAt));
      }
    }
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(STEPS.length * 20);
    // The clock did jump.
    expect(Math.max(...created) - Math.min(...created)).toBeGreaterThan(19 * 365 * 86_400_000);
    const { events } = await readAllEvents(server, server.trackingCode);
    expect(events).toHaveLength(ids.length);
    await server.stop();
    expect(server.process.exitCode).toBe(0);
    expect(inspectFile(server.database)).toMatchObject({ integrity: ["ok"], events: ids.length });
    expect(server.stderr()).not.toContain('"level":"error"');
  }, 120_000);

  test("purges nothing before its time: what was deleted waits as long as it was told", async () => {
    const { server, setClock } = await startWithClock("purge", { FOOTFALL_PURGE_CRON: "* * * * * *" });
    const { id } = await post(server, 1);
    expect((await server.request(`/api/v1/events/${id}`, { method: "DELETE" })).status).toBe(200);
    for (const offset of ["+10y", "-10y", "+1h"]) {
      await setClock(offset);
      const years = Number(/^([+-]\d+)y/.exec(offset)?.[1] ?? 0);
      await waitUntil("the clock has jumped", WITHIN_MS, async () => Math.abs((await yearsOff(server)) - years) < 0.1);
      // Another deletion, whose purge the same jobs look for: they have run since the jump.
      const other = await post(server, 100 + years);
      await (await server.request(`/api/v1/events/${other.id}`, { method: "DELETE" })).text();
    }
    await setClock("+0");
    await waitUntil("the clock is right again", WITHIN_MS, async () => Math.abs(await yearsOff(server)) < 0.01);
    const restored = await server.request(`/api/v1/events/${id}/restore`, { method: "POST" });
    expect(restored.status).toBe(200);
    expect((await server.request(`/api/v1/events/${id}`)).status).toBe(200);
    await server.stop();
  }, 120_000);

  test("control: the same purge comes at once where there is no undo window", async () => {
    const { server } = await startWithClock("control", {
      FOOTFALL_PURGE_CRON: "* * * * * *",
      FOOTFALL_UNDO_WINDOW: "0s",
    });
    const { id } = await post(server, 1);
    expect((await server.request(`/api/v1/events/${id}`, { method: "DELETE" })).status).toBe(200);
    await waitUntil("the event is purged", WITHIN_MS, () => countRows(server.database) === 0);
    await server.stop();
  }, 60_000);
});
