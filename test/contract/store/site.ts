import { afterAll, beforeAll } from "bun:test";
import type { Client } from "@libsql/client";
import type { StoredApiKey } from "../../../src/domain/api-key.ts";
import type { NewEvent, StoredEvent } from "../../../src/domain/event.ts";
import type { Order, Position } from "../../../src/domain/page.ts";
import type { EventFilter, EventListQuery, EventPage, Store } from "../../../src/domain/ports.ts";
import { DEFAULT_SITE_SETTINGS, type NewSite } from "../../../src/domain/site.ts";
import { appendAll, NOON, type TestDatabase } from "../../support/store.ts";

/** A site that could be added. */
export const newSite = (said: Partial<NewSite> = {}): NewSite => ({
  name: "Example",
  domain: "example.com",
  description: null,
  trackingCode: "pm-abc123-1",
  siteKey: "ak_1",
  scope: "example-com",
  ...DEFAULT_SITE_SETTINGS,
  createdAt: NOON,
  ...said,
});

/** A key that could be added. */
export const newKey = (said: Partial<StoredApiKey> = {}): StoredApiKey => ({
  id: "abcdefgh",
  name: "key",
  admin: false,
  permissions: ["events:read", "events:write"],
  siteIds: [1, 2],
  createdAt: NOON,
  expiresAt: null,
  revokedAt: null,
  tier: "free",
  requestsPerMinute: null,
  secretHash: "0".repeat(64),
  previousHash: null,
  previousUntil: null,
  ...said,
});

/** How soon another process's change to a site or key is seen. */
export const SEEN_WITHIN_MS = 1_000;

/** One database for the tests of a group; each test has a site of its own in it. */
export interface SharedDatabase {
  store(): Store;
  sql(): Client;
  /** Stores events as those of a new site. */
  storeSite(events: readonly NewEvent[]): Promise<TestSite>;
}

type SiteFilter = Omit<EventFilter, "siteId">;

export interface TestSite {
  readonly siteId: number;
  readonly ids: readonly number[];
  /** Newest first, up to 100, not counted, except for what is said. */
  list(said?: Partial<Omit<EventListQuery, "filter">> & { readonly filter?: SiteFilter }): Promise<EventPage>;
  /** Every event of a walk in pages of `limit`; a walk in order of arrival ends at the first empty page. */
  walk(filter: SiteFilter, order: Order, limit: number): Promise<StoredEvent[]>;
}

/** Call it within `describe`: the database is made before the group's tests and removed after them. */
export function shareDatabase(createDatabase: () => Promise<TestDatabase>): SharedDatabase {
  let database: TestDatabase;
  let store: Store;
  let siteId = 0;

  beforeAll(async () => {
    database = await createDatabase();
    store = await database.open();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  return {
    store: () => store,
    sql: () => database.sql,
    async storeSite(events) {
      siteId += 1;
      const own = events.map((event) => ({ ...event, siteId }));
      return createSite(store, siteId, await appendAll(store, own));
    },
  };
}

function createSite(store: Store, siteId: number, ids: readonly number[]): TestSite {
  const list: TestSite["list"] = ({ filter, ...said } = {}) =>
    store.reader.listEvents({ filter: { ...filter, siteId }, order: "desc", limit: 100, count: false, ...said });
  return {
    siteId,
    ids,
    list,
    async walk(filter, order, limit) {
      const found: StoredEvent[] = [];
      let after: Position | null = null;
      for (let page = 0; page < 1_000; page++) {
        const answer: EventPage = await list({ filter, order, limit, ...(after ? { after } : {}) });
        found.push(...answer.events);
        if (answer.next === null || answer.events.length === 0) return found;
        after = answer.next;
      }
      throw new Error("The walk does not end");
    },
  };
}
