import { drizzle } from "drizzle-orm/libsql";
import type { StoredApiKey } from "../domain/api-key.ts";
import type { Store } from "../domain/ports.ts";
import type { Site } from "../domain/site.ts";
import { randomLetters } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";
import { createIdAllocator } from "../lib/ids.ts";
import type { Logger } from "../lib/log.ts";
import { pauseForOthers } from "../lib/pause.ts";
import { createAttributionStore } from "./attribution-store.ts";
import { createAuditStore } from "./audit-store.ts";
import { startCheckpointer } from "./checkpointer.ts";
import { watchConfigVersion } from "./config-version.ts";
import type { DatabaseLocation, Durability } from "./database.ts";
import { createDeletionStore } from "./deletion-store.ts";
import { createDeletionWork } from "./deletion-work.ts";
import { type MeasureDisk, measureDisk, watchDisk } from "./disk-space.ts";
import { createEventQueries } from "./event-queries.ts";
import { createEventReader } from "./event-reader.ts";
import { createEventWriter } from "./event-writer.ts";
import { reportFailingDisk } from "./failing-disk.ts";
import { createHiddenEvents } from "./hidden-events.ts";
import { createIsAlone } from "./is-alone.ts";
import { createKeyStore } from "./key-store.ts";
import { createKeyUses } from "./key-uses.ts";
import { createKvStore } from "./kv-store.ts";
import type { Migration } from "./migrations.ts";
import { reserveThreads } from "./native-threads.ts";
import { leaseNode } from "./node-lease.ts";
import { createObservers, fileSizes, observeReads } from "./observe-store.ts";
import { openReads } from "./open-reads.ts";
import { prepareDatabase, reserveDatabase } from "./prepare-database.ts";
import { createPurgeStore } from "./purge-store.ts";
import { createRecall } from "./recall.ts";
import { createReclaim, createServerReclaim } from "./reclaim.ts";
import { createRejectionStore } from "./rejection-store.ts";
import { largestEventId } from "./server-reads.ts";
import { createSiteEventReader } from "./site-event-reader.ts";
import { createSiteStore } from "./site-store.ts";
import { startWriteWorker } from "./write-link.ts";

export interface StoreOptions {
  readonly location: DatabaseLocation;
  /** A replica of the server, for reads that tolerate to be behind; null or left out where there is none. */
  readonly replicaUrl?: string | null;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly log: Logger;
  /** The one server of a file database locks it; commands write beside it. */
  readonly role: "server" | "command";
  /** How long a read may take that no index bounds; of a libSQL server, any read. */
  readonly readDeadlineMs: number;
  /** How long a query may take that a caller wrote; as long as a read where it is not said. */
  readonly queryDeadlineMs?: number;
  /** How long a libSQL server may be away before a start, or a write, gives up; some seconds when it is not said. */
  readonly patienceMs?: number;
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
    reserveDatabase(options, cleanup);
    // Before the file is prepared: the thread loads its modules meanwhile.
    const link = reportFailingDisk(startWriteWorker(options.onWriterDeath), log);
    cleanup.defer(() => link.terminate());
    await prepareDatabase(options);
    const opened = await link.send({ kind: "open", location, durability });
    if (!opened.ok) throw new Error(opened.message);

    const reads = await openReads(options, cleanup);
    const db = drizzle({ client: reads.client });
    const lookups = drizzle({ client: reads.lookups });

    const disk = location.kind === "file" ? await watchDisk(location.path, options.measureDisk ?? measureDisk) : null;
    cleanup.defer(() => disk?.stop());
    const ids = createIdAllocator(0, await largestEventId(reads.client));
    const observers = createObservers();
    const writer = reads.watching(
      createEventWriter({
        link,
        ids,
        clock,
        log,
        isDiskFull: () => disk?.isFull() ?? false,
        onDiskFull: () => disk?.reportFull(),
        observer: observers,
        awayMs: reads.awayMs,
        ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
      }),
    );
    const checkpointer =
      location.kind === "file"
        ? cleanup.use(
            startCheckpointer({
              path: location.path,
              commits: writer.commits,
              finish: () => writer.run("finishCheckpoint", undefined),
              hold: reads.hold,
              log,
            }),
          )
        : null;
    cleanup.defer(() => writer.close());
    const holder = `${process.pid}-${randomLetters(8)}`;
    const ownNode = location.kind === "file" && options.role === "server" ? 0 : null;
    cleanup.use(await leaseNode({ writer, ids, clock, log, holder, ownNode }));

    const pooled = observeReads(reads.unbounded, observers);
    const queries = observeReads(reads.userWritten, observers);
    const { bounded } = reads;
    const unbounded = pooled.read;
    const hidden = createHiddenEvents({ db, bounded, unbounded });
    await hidden.refresh();
    const siteRecall = createRecall<Site>(clock);
    const originRecall = createRecall<object>(clock);
    const keyRecall = createRecall<StoredApiKey>(clock);
    cleanup.use(
      watchConfigVersion(reads.configVersion, log, async () => {
        for (const recall of [siteRecall, originRecall, keyRecall]) recall.forget();
        await hidden.refresh();
      }),
    );
    const uses = cleanup.use(createKeyUses({ writer, log }));
    const rejections = cleanup.use(createRejectionStore({ writer, unbounded, log }));

    const kv = createKvStore({ db, writer, clock });
    const isAlone = createIsAlone({ location, role: options.role, kv, holder });

    const close = once(() => {
      // At once: what comes while the rest is put away must not be accepted any more.
      writer.refuseAppends();
      return cleanup.disposeAsync();
    });
    return {
      writer,
      reader: createEventReader({ ...hidden, stored: bounded }),
      arrivals: writer,
      attribution: createAttributionStore({ ...hidden, writer }),
      queries: createEventQueries(hidden.hide(queries.read)),
      siteEvents: createSiteEventReader(hidden),
      reclassifier: { reclassify: (siteId, events) => writer.run("reclassify", { siteId, events }) },
      sites: createSiteStore({ db: lookups, writer, recall: siteRecall, origins: originRecall }),
      keys: createKeyStore({ db: lookups, writer, recall: keyRecall, uses }),
      kv,
      deletions: createDeletionStore({ db, writer, hidden, bounded, unbounded }),
      deletionWork: createDeletionWork({ db, writer, hidden, unbounded }),
      purges: createPurgeStore({
        writer,
        unbounded,
        reclaim:
          location.kind === "file" && checkpointer
            ? createReclaim({ path: location.path, writer, checkpointer, log, pause: pauseForOthers(isAlone) })
            : createServerReclaim(writer),
      }),
      audit: createAuditStore({ writer, clock, unbounded }),
      rejections,
      ping: reads.ping,
      hurry: writer.hurry,
      observe: observers.add,
      figures: () => ({
        queue: writer.queue(),
        readsUnderWay: pooled.underWay() + queries.underWay(),
        file: location.kind === "file" ? fileSizes(location.path) : null,
        disk: disk?.space() ?? null,
      }),
      isAlone,
      async clear() {
        const events = await writer.run("clear", undefined);
        await hidden.refresh();
        return events;
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

function once<T>(action: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= action();
    return result;
  };
}
