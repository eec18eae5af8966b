import type { Client } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import type { StoredApiKey } from "../domain/api-key.ts";
import type { Store } from "../domain/ports.ts";
import type { Site } from "../domain/site.ts";
import { randomLetters } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";
import { createIdAllocator } from "../lib/ids.ts";
import type { Logger } from "../lib/log.ts";
import { createAttributionStore } from "./attribution-store.ts";
import { createAuditStore } from "./audit-store.ts";
import { startCheckpointer } from "./checkpointer.ts";
import { watchConfigVersion } from "./config-version.ts";
import { type DatabaseLocation, type Durability, openClient } from "./database.ts";
import { createDeletionStore } from "./deletion-store.ts";
import { createDeletionWork } from "./deletion-work.ts";
import { type MeasureDisk, measureDisk, watchDisk } from "./disk-space.ts";
import { createEventQueries, noQueries } from "./event-queries.ts";
import { createEventReader, type ReadCell } from "./event-reader.ts";
import { createEventWriter } from "./event-writer.ts";
import { DatabaseInUseError, lockDatabase } from "./file-lock.ts";
import { createHiddenEvents } from "./hidden-events.ts";
import { createKeyStore } from "./key-store.ts";
import { createKeyUses } from "./key-uses.ts";
import { createKvStore } from "./kv-store.ts";
import { type Migration, migrate } from "./migrations.ts";
import { reserveThreads } from "./native-threads.ts";
import { leaseNode } from "./node-lease.ts";
import { openPools } from "./open-pools.ts";
import { explainLock, explainServer, makeFolder, prepareFile } from "./prepare-file.ts";
import { createPurgeStore } from "./purge-store.ts";
import { answerOf } from "./read-failure.ts";
import { createRecall } from "./recall.ts";
import { createReclaim } from "./reclaim.ts";
import { createRemoteReads } from "./remote-reads.ts";
import { createSiteEventReader } from "./site-event-reader.ts";
import { createSiteStore } from "./site-store.ts";
import { startWriteWorker } from "./write-link.ts";

export interface StoreOptions {
  readonly location: DatabaseLocation;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly log: Logger;
  /** The one server of a file database locks it; commands write beside it. */
  readonly role: "server" | "command";
  /** How long a read may take that no index bounds; of a libSQL server, any read. */
  readonly readDeadlineMs: number;
  /** How long a query may take that a caller wrote; as long as a read where it is not said. */
  readonly queryDeadlineMs?: number;
  /** The writer has died by itself: nothing can be stored any more. */
  readonly onWriterDeath: (cause: unknown) => void;
  readonly measureDisk?: MeasureDisk;
  readonly migrations?: readonly Migration[];
}

/**
 * Opens a database, brings its schema up to date, and starts the writer.
 *
 * @throws `DatabaseUnusableError`, `DatabaseInUseError` or `SchemaTooNewError` with a message for people.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { location, durability, clock, log } = options;
  const cleanup = new AsyncDisposableStack();
  reserveThreads();
  try {
    await prepare(options, cleanup);

    const link = startWriteWorker(options.onWriterDeath);
    cleanup.defer(() => link.terminate());
    const opened = await link.send({ kind: "open", location, durability });
    if (!opened.ok) throw new Error(opened.message);

    const client = openClient(location, { role: "reader", durability, answerWithinMs: options.readDeadlineMs });
    cleanup.defer(() => client.close());
    const db = drizzle({ client });

    const disk = location.kind === "file" ? await watchDisk(location.path, options.measureDisk ?? measureDisk) : null;
    cleanup.defer(() => disk?.stop());
    const ids = createIdAllocator(0, await largestEventId(client));
    const writer = createEventWriter({
      link,
      ids,
      clock,
      log,
      isDiskFull: () => disk?.isFull() ?? false,
      onDiskFull: () => disk?.reportFull(),
    });
    const checkpointer =
      location.kind === "file"
        ? cleanup.use(startCheckpointer({ path: location.path, commits: writer.commits, log }))
        : null;
    const bounded = location.kind === "file" ? createLocalReads(client) : createRemoteReads(client);
    const pools = location.kind === "file" ? openPools(location.path, options) : null;
    cleanup.defer(() => pools?.close());
    cleanup.defer(() => writer.close());
    const holder = `${process.pid}-${randomLetters(8)}`;
    const ownNode = location.kind === "file" && options.role === "server" ? 0 : null;
    cleanup.use(await leaseNode({ writer, ids, clock, log, holder, ownNode }));

    const unbounded = pools?.reads.query ?? bounded;
    const hidden = createHiddenEvents({ db, bounded, unbounded });
    await hidden.refresh();
    const siteRecall = createRecall<Site>(clock);
    const originRecall = createRecall<object>(clock);
    const keyRecall = createRecall<StoredApiKey>(clock);
    cleanup.use(
      watchConfigVersion(client, log, () => {
        for (const recall of [siteRecall, originRecall, keyRecall]) recall.forget();
        hidden.refresh().catch((error) => log.warn({ err: error }, "deletions under way could not be looked up"));
      }),
    );
    const uses = cleanup.use(createKeyUses({ writer, log }));

    const close = once(() => {
      // At once: what comes while the rest is put away must not be accepted any more.
      writer.refuseAppends();
      return cleanup.disposeAsync();
    });
    return {
      writer,
      reader: createEventReader(hidden),
      attribution: createAttributionStore({ ...hidden, writer }),
      queries: pools ? createEventQueries(hidden.hide(pools.queries.query)) : noQueries,
      siteEvents: createSiteEventReader(hidden),
      reclassifier: { reclassify: (siteId, events) => writer.run("reclassify", { siteId, events }) },
      sites: createSiteStore({ db, writer, recall: siteRecall, origins: originRecall }),
      keys: createKeyStore({ db, writer, recall: keyRecall, uses }),
      kv: createKvStore({ db, writer, clock }),
      deletions: createDeletionStore({ db, writer, hidden, bounded, unbounded }),
      deletionWork: createDeletionWork({ db, writer, hidden, unbounded }),
      purges: createPurgeStore({
        writer,
        unbounded,
        reclaim:
          location.kind === "file" && checkpointer
            ? createReclaim({ path: location.path, writer, checkpointer, log })
            : null,
      }),
      audit: createAuditStore({ writer, clock, unbounded }),
      ping: async () => void (await answerOf(client.execute("SELECT 1"))),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function prepare(options: StoreOptions, cleanup: AsyncDisposableStack): Promise<void> {
  const { location, durability, clock, log, role, migrations } = options;
  const migrationOption = migrations ? { migrations } : {};
  if (location.kind === "file") {
    makeFolder(location.path);
    if (role === "server") cleanup.use(lock(location.path));
    await prepareFile({ path: location.path, durability, nowMs: clock.now(), log, ...migrationOption });
    return;
  }
  const client = openClient(location, { role: "writer", durability });
  try {
    await migrate(client, clock.now(), migrations);
  } catch (error) {
    throw explainServer(location.url, error);
  } finally {
    client.close();
  }
}

function lock(path: string): Disposable {
  try {
    return lockDatabase(path);
  } catch (error) {
    throw error instanceof DatabaseInUseError ? error : explainLock(path, error);
  }
}

async function largestEventId(client: Client): Promise<number> {
  const { rows } = await client.execute("SELECT max(id) AS id FROM events");
  return Number(rows[0]?.id ?? 0);
}

/** Reads of a file on the main thread: one cell each, and short. */
function createLocalReads(client: Client): ReadCell {
  return async (sql, args) => {
    const { rows } = await client.execute({ sql, args: [...args] });
    return (rows[0]?.[0] ?? null) as string | number | null;
  };
}

function once<T>(action: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= action();
    return result;
  };
}
