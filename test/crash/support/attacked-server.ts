import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../../support/server.ts";
import { type CollectionClient, createCollectionClient } from "./collection-client.ts";
import { readAllEvents } from "./inspect.ts";
import { type StartedServer, startServer } from "./server.ts";

export interface Attacked {
  readonly server: StartedServer;
  readonly client: CollectionClient;
}

/** One server process for all tests of a file: what one of them does to it, the last one finds out. */
export function useAttackedServer(): () => Attacked {
  let folder: string;
  let attacked: Attacked | undefined;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const server = await startServer(join(folder, "attacked.db"));
    attacked = { server, client: createCollectionClient(server) };
  });
  afterAll(async () => {
    attacked?.client.close();
    await attacked?.server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (!attacked) throw new Error("The server runs only while the tests do");
    return attacked;
  };
}

/** The last test of a file: the process has survived, and everything that it has stored can be read. */
export function testAftermath(attacked: () => Attacked): void {
  test("afterwards the same process gives every event that it has stored", async () => {
    const { server, client } = attacked();
    const { events, total } = await readAllEvents(server, server.trackingCode);
    expect(events.length).toBe(total);
    expect(total).toBeGreaterThan(50);
    const listed = new Set(events.map(({ id }) => id));
    for (const id of client.stored()) if (!listed.has(id)) throw new Error(`${id} is not in the list`);
    for (const id of listed) await client.get(id);
    expect([server.process.exitCode, server.process.signalCode]).toEqual([null, null]);
    expect((await server.request("/ready")).status).toBe(200);
    expect(server.stderr()).not.toContain('"level":"error"');
  }, 60_000);
}
