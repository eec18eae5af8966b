import type { Client } from "@libsql/client";
import { AppError } from "../domain/errors.ts";
import type { Availability } from "../domain/ports.ts";
import type { Logger } from "../lib/log.ts";
import { type Durability, openClient, type RemoteLocation } from "./database.ts";
import type { ReadCell } from "./event-reader.ts";
import { createLookupClient } from "./lookup-client.ts";
import { MAX_WAIT_MS } from "./places.ts";
import { answerOf } from "./read-failure.ts";
import type { Reads } from "./reads.ts";
import { createRemoteReads, type ReadRow } from "./remote-reads.ts";
import { createReplicaFreshness } from "./replica-freshness.ts";
import { readMarks } from "./replica-marks.ts";
import { createReplicatedReads } from "./replicated-reads.ts";
import { createDurabilityNotice } from "./server-durability.ts";
import { createServerWatch, LOOK_WITHIN_MS } from "./server-watch.ts";
import { createUserReads } from "./user-reads.ts";

export interface ServerReadsOptions {
  readonly primary: RemoteLocation;
  readonly replica: RemoteLocation | null;
  readonly durability: Durability;
  readonly readDeadlineMs: number;
  readonly queryDeadlineMs: number;
  readonly log: Logger;
}

/** How many reads of a kind may run at the same time, on each server, from this process. */
const AT_ONCE = { look: 2, lookup: 8, bounded: 16, unbounded: 4, userWritten: 2 } as const;

/** How many more may wait for that. */
const MAX_WAITING = { bounded: 1_000, unbounded: 64, userWritten: 64 } as const;

/** With a replica, a read that an index bounds and that takes longer than this is tried on the other server. */
const BOUNDED_WITHIN_MS = 2_000;

/** Reads a libSQL server, and its replica where there is one. */
export async function openServerReads(options: ServerReadsOptions, cleanup: AsyncDisposableStack): Promise<Reads> {
  const { primary, replica, durability, readDeadlineMs: deadlineMs, queryDeadlineMs, log } = options;

  function open(location: RemoteLocation, kind: keyof typeof AT_ONCE, answerWithinMs: number): Client {
    const client = openClient(location, { role: "reader", durability, answerWithinMs, concurrency: AT_ONCE[kind] });
    cleanup.defer(() => client.close());
    return client;
  }

  const boundedMs = replica ? Math.min(BOUNDED_WITHIN_MS, deadlineMs) : deadlineMs;
  const client = open(primary, "lookup", deadlineMs);
  const freshness = createReplicaFreshness({
    marks: await readMarks(client),
    onStored: () => watch.primary.answered(),
    look: () => watch.look(),
  });
  const looks = {
    primary: open(primary, "look", LOOK_WITHIN_MS),
    replica: replica && open(replica, "look", LOOK_WITHIN_MS),
  };
  const watch = createServerWatch({
    ...looks,
    log,
    durability: await createDurabilityNotice(client, { url: primary.url, wanted: durability, log }),
    onMarks: freshness.observed,
  });

  function createReads(location: RemoteLocation, kind: keyof typeof MAX_WAITING, withinMs: number): ReadRow {
    const client = open(location, kind, withinMs);
    const maxWaitMs = kind === "bounded" ? withinMs : MAX_WAIT_MS;
    return createRemoteReads({ client, total: AT_ONCE[kind], maxWaiting: MAX_WAITING[kind], maxWaitMs });
  }

  /** One kind of reads, of both servers where there are two. */
  function createLane(kind: "bounded" | "unbounded", withinMs: number): ReadCell {
    const own = { health: watch.primary, read: createReads(primary, kind, withinMs) };
    if (!replica) return async (sql, args) => (await own.read(sql, args))[0] ?? null;
    const copied = { health: watch.replica, read: createReads(replica, kind, withinMs) };
    const retriesSlow = kind === "bounded";
    return createReplicatedReads({ primary: own, replica: copied, freshness, retriesSlow });
  }

  function createLookups(): Client {
    if (!replica) return client;
    const copied = open(replica, "lookup", boundedMs);
    return createLookupClient({ primary: open(primary, "lookup", boundedMs), replica: copied, health: watch.primary });
  }

  function createUserWritten(): ReadCell {
    if (!replica) return notAvailable;
    return createUserReads(
      { read: createReads(replica, "userWritten", queryDeadlineMs), health: watch.replica },
      freshness,
    );
  }

  async function ping(): Promise<Availability> {
    try {
      await answerOf(looks.primary.execute("SELECT 1"));
      return "ready";
    } catch (error) {
      if (!looks.replica) throw error;
      await answerOf(looks.replica.execute("SELECT 1"));
      return "read_only";
    }
  }

  return {
    client,
    lookups: createLookups(),
    bounded: createLane("bounded", boundedMs),
    unbounded: createLane("unbounded", deadlineMs),
    userWritten: createUserWritten(),
    // The server keeps its log itself.
    hold: async () => null,
    configVersion: watch.look,
    ping,
    awayMs: watch.primary.awayMs,
    watching: replica ? freshness.watching : (writer) => writer,
  };
}

const notAvailable: ReadCell = () =>
  Promise.reject(
    new AppError(
      "not_available",
      "Queries of your own need a replica of the database server here: FOOTFALL_REPLICA_URL is not set",
    ),
  );

export async function largestEventId(client: Client): Promise<number> {
  const { rows } = await client.execute("SELECT max(id) AS id FROM events");
  return Number(rows[0]?.id ?? 0);
}
