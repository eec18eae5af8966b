import type { ListedApiKey, StoredApiKey } from "./api-key.ts";
import type { AttributionStore } from "./attributed-events.ts";
import type { Audit } from "./audit.ts";
import type { DeletionStore, DeletionWork, PurgeStore } from "./deletion-ports.ts";
import type { Reclassification } from "./enrichment.ts";
import type { NewEvent, ReturningEvent, StoredEvent } from "./event.ts";
import type { EventQueries } from "./event-queries.ts";
import type { WrittenEvent } from "./exported-event.ts";
import type { StoreFigures, StoreObserver } from "./observers.ts";
import type { Order, Position } from "./page.ts";
import type { RejectionStore } from "./rejection.ts";
import type { DeletedSite, NewSite, Site, SiteChanges, SiteReference } from "./site.ts";
import type { SiteEventReader } from "./site-events.ts";

/** What became of one event of an append, at the same index. */
export type AppendResult =
  | {
      /** `duplicate`: an event of the site already had the dedupe key; `id` and `receivedAt` are its own. */
      readonly outcome: "stored" | "duplicate";
      readonly id: number;
      readonly receivedAt: number;
    }
  | {
      readonly outcome: "rejected";
      /** In the database's words: for the log, never for the client. */
      readonly reason: string;
    };

export interface EventWriter {
  /**
   * Stores the events of one request in one transaction and resolves once it is committed and synced.
   *
   * Results are in input order. An event that the store itself refuses is `rejected` alone.
   *
   * @throws `overloaded` when the queue is full or the writer is stopping, `disk_full` while space is short.
   */
  append(events: readonly (NewEvent | ReturningEvent)[]): Promise<readonly AppendResult[]>;
}

/** Tells of new events, for those who follow them. */
export interface Arrivals {
  /** Calls `listener` after each transaction of this process that may have stored events. It must be quick. */
  onStored(listener: () => void): Disposable;
}

/** Which events; every condition holds at once. Soft-deleted events never match. */
export interface EventFilter {
  readonly siteId: number;
  readonly type?: string;
  /** Event time in ms, both inclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly sessionId?: string;
  readonly visitorId?: string;
  readonly name?: string;
  readonly url?: string;
  /** Beginning of the path, case-sensitive. */
  readonly pathPrefix?: string;
  /** Also test events, which are left out otherwise. */
  readonly includeTest?: boolean;
  /** Leave out what bots did. */
  readonly excludeBots?: boolean;
}

export interface EventListQuery {
  readonly filter: EventFilter;
  readonly order: Order;
  /** 1 to 1,000. */
  readonly limit: number;
  /** Continue after this position; beats `offset`. */
  readonly after?: Position;
  readonly offset?: number;
  /** Whether to count all that match. */
  readonly count: boolean;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Where the next page begins; null at the end. In order `received` the end is never final, so never null after an event. */
  readonly next: Position | null;
  /** Exact number of events that match the filter; null when it was not asked for. */
  readonly total: number | null;
}

export interface EventScanQuery {
  readonly filter: EventFilter;
  readonly order: "asc" | "received";
  /** Continue after this position. */
  readonly after?: Position;
}

/** A stretch of a list: what was found among the events that were looked at. */
export interface EventScan<Event = StoredEvent> {
  readonly events: readonly Event[];
  /** The last event that was looked at, whether or not it matches; null at the end. */
  readonly next: Position | null;
}

/** What names one event of a site for good. */
export type EventName = { readonly id: number } | { readonly dedupeKey: string };

export interface EventReader {
  /** @throws `deadline_exceeded` when the read runs longer than it may, `overloaded` when too many wait. */
  listEvents(query: EventListQuery): Promise<EventPage>;
  /** The event with this id, null when there is none or it is soft-deleted. */
  findEvent(id: number): Promise<StoredEvent | null>;
  /**
   * The next stretch of a long walk. It ends after a number of events and bytes, however few of them
   * match: it costs about the same for every filter, and holds the database's log for a moment only.
   *
   * @throws what {@link listEvents} throws.
   */
  scanEvents(query: EventScanQuery): Promise<EventScan>;
  /** The same events, as an export takes them. */
  scanWritten(query: EventScanQuery): Promise<EventScan<WrittenEvent>>;
  /** Where an event stands, also a soft-deleted one; null when the site has none of that name. */
  findPosition(siteId: number, name: EventName): Promise<Position | null>;
  /** Where the newest event of all sites stands, in order of arrival; null without any. */
  findLast(): Promise<Position | null>;
  /** Which of these events the site has, soft-deleted ones and those of deletions under way included. */
  findExisting(siteId: number, ids: readonly number[]): Promise<ReadonlySet<number>>;
  /**
   * How many events match: exact up to `atMost`, anything above it where there are more.
   *
   * @throws as {@link listEvents} does.
   */
  countEvents(filter: EventFilter, atMost?: number): Promise<number>;
}

/** An event, and what it is by today's tables. */
export interface ReclassifiedEvent extends Reclassification {
  readonly id: number;
}

export interface EventReclassifier {
  /** Changes events of a site in one short transaction; those that are gone are left out. */
  reclassify(siteId: number, events: readonly ReclassifiedEvent[]): Promise<void>;
}

export interface SiteStore {
  /** @throws `conflict` when the domain or the scope is taken. */
  addSite(site: NewSite): Promise<Site>;
  listSites(): Promise<readonly Site[]>;
  /** From memory where it is known; a miss asks the database and is remembered for a second. */
  findSite(reference: SiteReference): Promise<Site | null>;
  /** What memory alone knows: undefined means ask {@link findSite}. Keeps the hot path synchronous. */
  recallSite(reference: SiteReference): Site | null | undefined;
  /**
   * Changes some of a site's columns.
   *
   * @returns the site afterwards, null when there is none, or it is deleted.
   * @throws `conflict` when the domain or the scope is taken.
   */
  updateSite(id: number, changes: SiteChanges): Promise<Site | null>;
  /** Hides a site from everything but the methods below. @returns false when there is none, or it is deleted. */
  deleteSite(id: number, deletion: { readonly deletedAt: number; readonly purgeAt: number }): Promise<boolean>;
  /**
   * Undoes {@link deleteSite} before its `purgeAt`.
   *
   * @returns the site, null when there is none that is deleted, or its time has come.
   * @throws `conflict` when the domain or the scope is taken.
   */
  restoreSite(id: number, nowMs: number): Promise<Site | null>;
  /** One that can still be restored; of several that had a scope, the one that was deleted last. */
  findDeletedSite(reference: SiteReference, nowMs: number): Promise<DeletedSite | null>;
  /** All that can still be restored, the last one first. */
  listDeletedSites(nowMs: number): Promise<readonly DeletedSite[]>;
  /** Whether any site names the origin in its `allowedOrigins`. From memory like {@link findSite}. */
  isAllowedOrigin(origin: string): Promise<boolean>;
}

export interface KeyStore {
  addKey(key: StoredApiKey): Promise<void>;
  listKeys(): Promise<readonly ListedApiKey[]>;
  findKey(id: string): Promise<StoredApiKey | null>;
  /** @returns false when there is no such key, or it is revoked already. */
  revokeKey(id: string, atMs: number): Promise<boolean>;
  /**
   * Puts a new secret's hash in place of the old one, which is valid until `previousUntil`; null: not any more.
   *
   * @returns false when there is no such key, or it is revoked.
   */
  rotateKey(id: string, secretHash: string, previousUntil: number | null): Promise<boolean>;
  /** Keeps in mind that a key was used; written some seconds later, together with others. */
  noteUse(id: string, atMs: number): void;
}

/** Small facts with a lifetime: leases, salts, the instance's settings. Events never go through it. */
export interface KeyValueStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, expiresAtMs?: number): Promise<void>;
  /** Sets a value for good where there is none. @returns the value that is there now, whoever set it. */
  setIfAbsent(key: string, value: string): Promise<string>;
  delete(key: string): Promise<void>;
  list(prefix: string): Promise<readonly { readonly key: string; readonly value: string }[]>;
  /** Takes or renews `key` for `holder`; false while another holder's lease runs. */
  takeLease(lease: { key: string; holder: string; nowMs: number; expiresAtMs: number }): Promise<boolean>;
  /** Gives a lease back, unless another holder has it by now. */
  releaseLease(lease: { key: string; holder: string }): Promise<void>;
}

/** What the database does at the moment: everything, or, while only a replica answers, reads. */
export type Availability = "ready" | "read_only";

/** Everything behind the ports: one database. */
export interface Store extends AsyncDisposable {
  readonly writer: EventWriter;
  readonly reader: EventReader;
  readonly arrivals: Arrivals;
  readonly attribution: AttributionStore;
  readonly siteEvents: SiteEventReader;
  readonly reclassifier: EventReclassifier;
  readonly queries: EventQueries;
  readonly sites: SiteStore;
  readonly keys: KeyStore;
  readonly kv: KeyValueStore;
  readonly deletions: DeletionStore;
  readonly deletionWork: DeletionWork;
  readonly purges: PurgeStore;
  readonly audit: Audit;
  readonly rejections: RejectionStore;
  /** @throws `overloaded` when the database does not answer. */
  ping(): Promise<Availability>;
  /** From now on nobody waits long for a database that is away: the process is about to stop. */
  hurry(): void;
  /** Tells `observer` from now on what the store does. */
  observe(observer: StoreObserver): void;
  figures(): StoreFigures;
  /** Whether nobody but this process uses the database now: then long work need not make way for anyone. */
  isAlone(): Promise<boolean>;
  /** Removes every event for good, at once and without a way back, and says how many: for test servers. */
  clear(): Promise<number>;
  /** Finishes what was accepted, then closes. */
  close(): Promise<void>;
}
