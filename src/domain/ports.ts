import type { StoredApiKey } from "./api-key.ts";
import type { NewEvent, StoredEvent } from "./event.ts";
import type { Order, Position } from "./page.ts";
import type { NewSite, Site, SiteReference } from "./site.ts";

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
  append(events: readonly NewEvent[]): Promise<readonly AppendResult[]>;
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

export interface EventReader {
  /** @throws `deadline_exceeded` when the read runs longer than it may, `overloaded` when too many wait. */
  listEvents(query: EventListQuery): Promise<EventPage>;
  /** The event with this id, null when there is none or it is soft-deleted. */
  findEvent(id: number): Promise<StoredEvent | null>;
}

export interface SiteStore {
  /** @throws `conflict` when the domain or the scope is taken. */
  addSite(site: NewSite): Promise<Site>;
  listSites(): Promise<readonly Site[]>;
  /** From memory where it is known; a miss asks the database and is remembered for a second. */
  findSite(reference: SiteReference): Promise<Site | null>;
  /** What memory alone knows: undefined means ask {@link findSite}. Keeps the hot path synchronous. */
  recallSite(reference: SiteReference): Site | null | undefined;
}

export interface KeyStore {
  addKey(key: StoredApiKey): Promise<void>;
  listKeys(): Promise<readonly StoredApiKey[]>;
  findKey(id: string): Promise<StoredApiKey | null>;
  /** @returns false when there is no such key, or it is revoked already. */
  revokeKey(id: string, atMs: number): Promise<boolean>;
}

/** Small facts with a lifetime: leases, salts, the instance's settings. Events never go through it. */
export interface KeyValueStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, expiresAtMs?: number): Promise<void>;
  delete(key: string): Promise<void>;
  list(prefix: string): Promise<readonly { readonly key: string; readonly value: string }[]>;
  /** Takes or renews `key` for `holder`; false while another holder's lease runs. */
  takeLease(lease: { key: string; holder: string; nowMs: number; expiresAtMs: number }): Promise<boolean>;
}

/** What the database does at the moment: everything, or, while only a replica answers, reads. */
export type Availability = "ready" | "read_only";

/** Everything behind the ports: one database. */
export interface Store extends AsyncDisposable {
  readonly writer: EventWriter;
  readonly reader: EventReader;
  readonly sites: SiteStore;
  readonly keys: KeyStore;
  readonly kv: KeyValueStore;
  /** @throws `overloaded` when the database does not answer. */
  ping(): Promise<Availability>;
  /** Finishes what was accepted, then closes. */
  close(): Promise<void>;
}
