import QuickLRU from "quick-lru";
import type { AppendResult, EventWriter } from "../domain/ports.ts";
import type { StoreWriter } from "./event-writer.ts";
import { commonMarks, type Marks, type Required } from "./replica-marks.ts";
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
  "updateSite",
  "deleteSite",
  "restoreSite",
  "addKey",
  "revokeKey",
  "rotateKey",
  "noteKeyUses",
  "recordAudit",
  "expireSome",
  "keepRejections",
  "forgetTypes",
  "finishCheckpoint",
  "kvSet",
  "kvSetIfAbsent",
  "kvDelete",
  "kvTakeLease",
  "kvReleaseLease",
  "largestEventId",
]);

/** Knows what a replica must have got so that nobody reads less than this process has confirmed. */
export interface ReplicaFreshness {
  /** What the replica must have to list the events of some sites; null: only the primary will do. */
  requiredFor(siteIds: readonly number[]): Required | null;
  /**
   * What the replica must have for a read that cannot go to the primary instead: all that this process has
   * stored, and every deletion that it knows of.
   */
  requiredForAll(): Promise<Required>;
  /** What the primary has, seen just now. */
  observed(marks: Marks): void;
  /** The writer, which tells what it stores. */
  watching(writer: StoreWriter): StoreWriter;
}

export interface ReplicaFreshnessOptions {
  /** What the primary has at the start. */
  readonly marks: Marks;
  /** Told when the primary has stored something: it answers. */
  readonly onStored: () => void;
  /** Looks at the primary after a change, so that {@link ReplicaFreshness.observed} is called; never rejects. */
  readonly look: () => Promise<unknown>;
  /** Milliseconds of a clock that never jumps: it is about two machines, not about events. */
  readonly realTime?: () => number;
}

export function createReplicaFreshness(options: ReplicaFreshnessOptions): ReplicaFreshness {
  const { marks, onStored, look, realTime = () => performance.now() } = options;
  /** By site, the event that was stored last: what has it has all before. Null: one that was stored before came again. */
  const latest = new QuickLRU<number, Remembered<number | null>>({ maxSize: MAX_SITES });
  /** The same for all sites, and the last event that came again. */
  let latestOfAll: Partial<Record<"stored" | "duplicate", Remembered<number>>> = {};
  let seen = marks;
  let floor = marks;
  let candidate = { marks, at: realTime() };
  let changedAt = Number.NEGATIVE_INFINITY;
  let changes = 0;
  let lookedAfter = 0;
  let looking: Promise<unknown> = Promise.resolve();

  const isRecent = (at: number): boolean => realTime() - at < REMEMBERED_MS;

  function note(events: Parameters<EventWriter["append"]>[0], results: readonly AppendResult[]): void {
    const at = realTime();
    const noteAll = (outcome: "stored" | "duplicate"): void => {
      for (const [position, result] of results.entries()) {
        const siteId = events[position]?.siteId;
        if (result.outcome !== outcome || siteId === undefined) continue;
        latest.set(siteId, { value: outcome === "stored" ? result.id : null, at });
        latestOfAll[outcome] = { value: result.id, at };
      }
    };
    // In this order: what is stored now comes after all that was there before.
    noteAll("duplicate");
    noteAll("stored");
  }

  function noteChange(): void {
    changedAt = realTime();
    changes += 1;
    // The events may be gone now. Whatever has the change has all that was stored before it.
    latestOfAll = {};
  }

  return {
    requiredFor(siteIds) {
      if (isRecent(changedAt)) return null;
      const stored = new Set<number>();
      for (const siteId of siteIds) {
        const known = latest.get(siteId);
        if (!known || !isRecent(known.at)) continue;
        if (known.value === null) return null;
        stored.add(known.value);
      }
      // Changes of sites, keys and deletions are known at once, and not only after a while.
      return { ...floor, version: seen.version, stored: [...stored] };
    },
    async requiredForAll() {
      if (lookedAfter !== changes) {
        lookedAfter = changes;
        looking = look();
      }
      await looking;
      const stored = Object.values(latestOfAll).filter(({ at }) => isRecent(at));
      return { ...seen, event: floor.event, stored: [...new Set(stored.map(({ value }) => value))] };
    },
    observed(now) {
      seen = now;
      // What the primary had and has no more, no replica will get.
      floor = commonMarks(floor, now);
      candidate.marks = commonMarks(candidate.marks, now);
      const at = realTime();
      if (at - candidate.at < REMEMBERED_MS) return;
      floor = candidate.marks;
      candidate = { marks: now, at };
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
            if (!WITHOUT_EVENTS.has(name)) noteChange();
          });
        },
      };
    },
  };
}

interface Remembered<T> {
  readonly value: T;
  readonly at: number;
}
