import type { Random } from "./random.ts";

/** An event as it is sent to the collection API; the site's code is put in when it goes out. */
export interface SentEvent {
  /** Null for one that cannot be told from its repeats. */
  readonly eventId: string | null;
  readonly eventType: "pageview" | "click" | "custom" | "conversion";
  readonly url: string;
  readonly sessionId: string;
  readonly visitorId: string;
  readonly timestamp: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** An event as the server lists it. */
export interface ListedEvent extends SentEvent {
  readonly id: string;
}

/** What the server has promised: everything that was sent, and everything that it answered to. */
export interface Ledger {
  /** A new event, sent from now on. */
  create(options: { withEventId: boolean }): SentEvent;
  /** An event that somebody else sends. */
  adopt(event: SentEvent): void;
  /** An event with an `eventId` that was sent before, answered or not; undefined before the first. */
  pickSent(random: Random): SentEvent | undefined;
  /** The server said that it has the event. */
  acknowledge(event: SentEvent, id: string): void;
  /** The id under which the server said that it has the event. */
  acknowledgedId(event: SentEvent): string | undefined;
  /** An acknowledged event that has not been deleted and is never sent again; from now on its deletion is asked for. */
  pickForDeletion(random: Random): { event: SentEvent; id: string } | undefined;
  /** The server said that it has deleted the event. */
  confirmDeletion(event: SentEvent): void;
  /** Counts an answer, whatever it says. */
  countStatus(status: number): void;
  /** Something that must never happen. */
  report(fault: string): void;

  /** Acknowledged events with their ids, in the order of their first acknowledgement. */
  readonly acknowledged: ReadonlyMap<SentEvent, string>;
  /** Events whose deletion was asked for, and whether it was confirmed. */
  readonly deletions: ReadonlyMap<SentEvent, boolean>;
  readonly sent: readonly SentEvent[];
  readonly statuses: ReadonlyMap<number, number>;
  readonly faults: readonly string[];
}

/** Enough to see what is wrong. */
const MAX_FAULTS = 50;

/** Events of this size cross pages of the database and frames of its log. */
const LARGE_TEXT = "a text that fills some pages, été 🚀 ".repeat(400);

/** @param name makes event ids unique among ledgers. */
export function createLedger(name: string, random: Random): Ledger {
  const sent: SentEvent[] = [];
  const named: SentEvent[] = [];
  const acknowledged = new Map<SentEvent, string>();
  const deletable: SentEvent[] = [];
  const deletions = new Map<SentEvent, boolean>();
  const statuses = new Map<number, number>();
  const faults: string[] = [];

  function report(fault: string): void {
    if (faults.length < MAX_FAULTS) faults.push(fault);
  }

  return {
    acknowledged,
    deletions,
    sent,
    statuses,
    faults,
    report,
    create({ withEventId }) {
      const number = sent.length;
      const event: SentEvent = {
        eventId: withEventId ? `${name}-${number}` : null,
        eventType: random.pick(["pageview", "click", "custom", "conversion"] as const) ?? "custom",
        url: `https://shop.example.com/products/${number}?from=${name}`,
        sessionId: `session-${name}-${number}`,
        visitorId: `visitor-${random.between(1, 500)}`,
        timestamp: Date.UTC(2026, 0, 1) + random.between(0, 200 * 86_400_000),
        properties: { number, text: random.between(1, 100) === 1 ? LARGE_TEXT : 'été 🚀 "quoted" \\ /' },
      };
      sent.push(event);
      // What others sent is never sent again: it is not in here.
      if (withEventId) named.push(event);
      return event;
    },
    adopt(event) {
      sent.push(event);
    },
    pickSent: (chooser) => (named.length === 0 ? undefined : chooser.pick(named)),
    acknowledge(event, id) {
      const before = acknowledged.get(event);
      if (before !== undefined && before !== id) report(`${event.eventId} has the ids ${before} and ${id}`);
      // After a purge an `eventId` is free again: an event that may be sent again is not deleted.
      if (before === undefined && event.eventId === null) deletable.push(event);
      acknowledged.set(event, id);
    },
    pickForDeletion(chooser) {
      const at = chooser.between(0, deletable.length - 1);
      const [event] = deletable.splice(at, 1);
      const id = event && acknowledged.get(event);
      if (!event || id === undefined) return undefined;
      deletions.set(event, false);
      return { event, id };
    },
    confirmDeletion: (event) => void deletions.set(event, true),
    acknowledgedId: (event) => acknowledged.get(event),
    countStatus(status) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    },
  };
}

/** What became of the promises; every list is empty when all were kept. */
export interface Verdict {
  readonly acknowledged: number;
  readonly stored: number;
  /** Deletions that were confirmed. */
  readonly deleted: number;
  /** Acknowledged and gone. */
  readonly lost: readonly string[];
  /** Deleted, as was confirmed, and there. */
  readonly returned: readonly string[];
  /** Stored otherwise than sent, or under another id than was said. */
  readonly altered: readonly string[];
  /** Stored more than once. */
  readonly duplicated: readonly string[];
  /** Stored, but never sent. */
  readonly unknown: readonly string[];
  readonly faults: readonly string[];
}

const FIELDS = ["eventId", "eventType", "url", "sessionId", "visitorId", "timestamp"] as const;

/** Compares what was promised with what is there. Events are found by their session, which each has for itself. */
export function judge(ledger: Ledger, stored: readonly ListedEvent[]): Verdict {
  const sent = new Map(ledger.sent.map((event) => [event.sessionId, event]));
  const found = new Map<string, ListedEvent>();
  const duplicated: string[] = [];
  const unknown: string[] = [];
  const altered: string[] = [];
  for (const event of stored) {
    const original = sent.get(event.sessionId);
    if (found.has(event.sessionId)) duplicated.push(nameOf(event));
    found.set(event.sessionId, event);
    if (!original) unknown.push(nameOf(event));
    else if (!isSame(original, event)) altered.push(nameOf(event));
  }
  const lost: string[] = [];
  const returned: string[] = [];
  for (const [event, id] of ledger.acknowledged) {
    const there = found.get(event.sessionId);
    // Whether a deletion was carried out whose answer was lost is not known.
    const isDeleted = ledger.deletions.get(event);
    if (isDeleted && there) returned.push(nameOf(event));
    if (!there && isDeleted === undefined) lost.push(nameOf(event));
    if (!there) continue;
    if (there.id !== id) altered.push(`${nameOf(event)} is ${there.id}, acknowledged as ${id}`);
  }
  return {
    acknowledged: ledger.acknowledged.size,
    stored: stored.length,
    deleted: [...ledger.deletions.values()].filter((isConfirmed) => isConfirmed).length,
    lost,
    returned,
    altered,
    duplicated,
    unknown,
    faults: ledger.faults,
  };
}

/** Every promise, kept. */
export const KEPT = { lost: [], returned: [], altered: [], duplicated: [], unknown: [], faults: [] } as const;

const nameOf = (event: SentEvent): string => event.eventId ?? event.sessionId;

function isSame(one: SentEvent, other: SentEvent): boolean {
  return (
    FIELDS.every((field) => one[field] === other[field]) &&
    JSON.stringify(one.properties) === JSON.stringify(other.properties)
  );
}
