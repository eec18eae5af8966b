import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { emptyEvent, type NewEvent } from "../../src/domain/event.ts";
import type { Store } from "../../src/domain/ports.ts";
import { createLogger } from "../../src/lib/log.ts";
import type { DatabaseLocation } from "../../src/store/database.ts";
import { openStore, type StoreOptions } from "../../src/store/open-store.ts";
import { createTestClock } from "./clock.ts";
import { caughtUp, type Sqld, startSqld } from "./sqld.ts";

export type OpenOptions = Partial<Omit<StoreOptions, "location">>;

/** An empty database of its own, gone at the end. */
export interface TestDatabase extends AsyncDisposable {
  readonly location: DatabaseLocation;
  /** Opens a store on it; stores that are still open are closed at the end. */
  open(options?: OpenOptions): Promise<Store>;
  /** Speaks SQL to it beside the stores, for what no port does: marking, removing, looking inside. */
  readonly sql: Client;
}

export const silentLog = createLogger("silent");

/** A folder of its own, gone at the end. */
export async function createFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "footfall-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Speaks SQL to the file of a server that runs. By the same library as the server: another one in the
 * same process would let go of its locks.
 */
export function openSql(path: string): Client & Disposable {
  const client = createClient({ url: `file:${path}`, timeout: 5_000 });
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

/** A database file. The first store is the server; those beside it must say `role: "command"`. */
export async function createFileDatabase(): Promise<TestDatabase & { readonly path: string }> {
  const folder = await createFolder();
  const path = join(folder.path, "footfall.db");
  const sql = createClient({ url: `file:${path}`, timeout: 5_000 });
  return { ...testDatabase({ kind: "file", path }, sql, folder), path };
}

/** A database on a libSQL server. */
export async function createServerDatabase(): Promise<TestDatabase> {
  const server = await startSqld();
  return testDatabase({ kind: "remote", url: server.url }, createClient({ url: server.url }), server);
}

/** A database on a libSQL server that has a replica, which the stores read from. */
export async function createReplicatedDatabase(): Promise<
  TestDatabase & { readonly primary: Sqld; readonly replica: Sqld }
> {
  const servers = new AsyncDisposableStack();
  const primary = servers.use(await startSqld());
  const replica = servers.use(await startSqld({ replicaOf: primary }));
  const sql = createClient({ url: primary.url });
  const execute = sql.execute.bind(sql);
  // What a test does beside the stores is no store's to wait for.
  sql.execute = async (...statement: Parameters<Client["execute"]>) => {
    const result = await execute(...statement);
    await caughtUp(primary, replica);
    return result;
  };
  const database = testDatabase({ kind: "remote", url: primary.url }, sql, servers, { replicaUrl: replica.url });
  return { ...database, primary, replica };
}

function testDatabase(
  location: DatabaseLocation,
  sql: Client,
  resource: AsyncDisposable,
  standard: OpenOptions = {},
): TestDatabase {
  const stores: Store[] = [];
  return {
    location,
    sql,
    async open(options) {
      const store = await openTestStore(location, { ...standard, ...options });
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      // The last first, as a command beside a server would.
      for (const store of stores.reverse()) await store.close();
      sql.close();
      await resource[Symbol.asyncDispose]();
    },
  };
}

/** A store with settings fit for tests: a clock that stands still, no log, 10 s for a read. */
export function openTestStore(location: DatabaseLocation, options: OpenOptions = {}): Promise<Store> {
  return openStore({
    location,
    durability: "full",
    clock: createTestClock(),
    log: silentLog,
    role: "server",
    readDeadlineMs: 10_000,
    onWriterDeath: () => {},
    ...options,
  });
}

export const NOON = Date.UTC(2026, 5, 15, 12);

/** A page view of site 1 at {@link NOON}, except for what is said. */
export function newEvent(said: Partial<NewEvent> = {}): NewEvent {
  return { ...emptyEvent({ type: "pageview", occurredAt: NOON }), siteId: 1, ...said };
}

/** The ids of what was stored. Throws unless everything was. */
export async function appendAll(store: Store, events: readonly NewEvent[]): Promise<number[]> {
  const results = await store.writer.append(events);
  return results.map((result) => {
    if (result.outcome !== "stored") throw new Error(`An event was not stored: ${JSON.stringify(result)}`);
    return result.id;
  });
}

/** Marks an event as deleted, as a deletion does. */
export async function markDeleted(sql: Client, id: number): Promise<void> {
  await sql.execute({ sql: "UPDATE events SET deleted_at = 1, deletion_id = 1 WHERE id = ?", args: [id] });
}

/**
 * The error that a promise is rejected with.
 *
 * Instead of `expect(…).rejects`: that waits in a nested event loop, in which the threads of
 * libSQL cannot report back, and the whole run hangs.
 */
export async function rejection<T extends Error = Error>(promise: Promise<unknown>): Promise<T> {
  const error = await promise.then(
    () => new Error("It was not rejected"),
    (reason: unknown) => reason,
  );
  return error as T;
}
