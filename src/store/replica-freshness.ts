import QuickLRU from "quick-lru";
import type { AppendResult, EventWriter } from "../domain/ports.ts";
import type { StoreWriter } from "./event-writer.ts";
import type { SqlValue } from "./read-pool.ts";
import type { CommandName } from "./write-commands.ts";

/**
 * How long it is remembered what this process has stored, in ms; after that, what the primary had
 * is known from {@link ReplicaFreshness.observed}. So a replica may be at most twice as far behind.
 */
const REMEMBERED_MS = 5_000;

/** At most twice as many sites are remembered; of one that is not, only the general bound holds. */
const MAX_SITES = 10_000;

/** Commands that change no event. After any other, events are read from the primary for a while. */
const WITHOUT_EVENTS: ReadonlySet<CommandName> = new Set<CommandName>([
  "addSite",
  "addKey",
  "revokeKey",
  "kvSet",
  "kvDelete",
  "kvTakeLease",
  "kvReleaseLease",
  "largestEventId",
]);

/** What a replica must have for its answer to count: events by their ids. */
export interface Required {
  /** This event or one that is younger. */
  readonly floor: number;
  /** Exactly this event; null where nothing was stored lately. */
  readonly stored: number | null;
}

/** Knows what a replica must have got so that nobody reads less than this process has confirmed. */
export interface ReplicaFreshness {
  /** What the replica must have to list the events of a site; null: only the primary will do. */
  requiredFor(siteId: number): Required | null;
  /** The primary's largest event id, seen just now. */
  observed(largestId: number): void;
  /** The writer, which tells what it stores. */
  watching(writer: StoreWriter): StoreWriter;
}

export interface ReplicaFreshnessOptions {
  /** The primary's largest event id at the start. */
  readonly largestId: number;
  /** Told when the primary has stored something: it answers. */
  readonly onStored: () => void;
  /** Milliseconds of a clock that never jumps: it is about two machines, not about events. */
  readonly realTime?: () => number;
}

export function createReplicaFreshness(options: ReplicaFreshnessOptions): ReplicaFreshness {
  const { largestId, onStored, realTime = () => performance.now() } = options;
  const latest = new QuickLRU<number, { id: number; at: number }>({ maxSize: MAX_SITES });
  let floor = largestId;
  let candidate = { id: largestId, at: realTime() };
  let changedAt = Number.NEGATIVE_INFINITY;

  function note(events: Parameters<EventWriter["append"]>[0], results: readonly AppendResult[]): void {
    const at = realTime();
    for (const [position, result] of results.entries()) {
      const siteId = events[position]?.siteId;
      if (result.outcome === "rejected" || siteId === undefined) continue;
      const id = Math.max(result.id, latest.get(siteId)?.id ?? 0);
      latest.set(siteId, { id, at });
    }
  }

  return {
    requiredFor(siteId) {
      const now = realTime();
      if (now - changedAt < REMEMBERED_MS) return null;
      const known = latest.get(siteId);
      return { floor, stored: known && now - known.at < REMEMBERED_MS ? known.id : null };
    },
    observed(id) {
      const now = realTime();
      if (now - candidate.at < REMEMBERED_MS) return;
      floor = candidate.id;
      candidate = { id, at: now };
    },
    watching(writer) {
      return {
        ...writer,
        async append(events) {
          const results = await writer.append(events);
          onStored();
          note(events, results);
          return results;
        },
        run(name, args) {
          // Also after a failure: whether it was done is not always known.
          return writer.run(name, args).finally(() => {
            if (!WITHOUT_EVENTS.has(name)) changedAt = realTime();
          });
        },
      };
    },
  };
}

/**
 * The same read, whose answer only counts where the replica has what is required: a row of 1 and the
 * cell, else of 0 and null, and then the statement has not been run.
 */
export function guarded(
  sql: string,
  args: readonly SqlValue[],
  { floor, stored }: Required,
): { sql: string; args: readonly SqlValue[] } {
  const [floorAt, storedAt] = [args.length + 1, args.length + 2];
  const conditions = [`coalesce((SELECT max(id) FROM events), 0) >= ?${floorAt}`];
  if (stored !== null) conditions.push(`EXISTS (SELECT 1 FROM events WHERE id = ?${storedAt})`);
  return {
    sql: `SELECT has, CASE WHEN has THEN (${sql}) END FROM (SELECT ${conditions.join(" AND ")} AS has)`,
    args: [...args, floor, ...(stored === null ? [] : [stored])],
  };
}
