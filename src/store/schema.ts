import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Tier } from "../domain/api-key.ts";
import type { AuditAction } from "../domain/audit.ts";
import type { DeletionFilter, DeletionKind, DeletionState } from "../domain/deletion.ts";
import { KIND, KIND_INDEX } from "./event-kind.ts";
import { VIRTUAL } from "./shorthand.ts";

/**
 * Clicks, leads and conversions that say whose work they are. SQLite uses a partial index where a
 * query repeats its condition word for word, so both take it from here. What few events have comes
 * first, here and in the indexes by click and by customer: every insert tries these conditions.
 */
export const ATTRIBUTED =
  "(click_id IS NOT NULL OR customer_key IS NOT NULL) AND type IN ('click', 'lead', 'conversion') AND is_test = 0 AND deleted_at IS NULL";

/**
 * The tables. Counters are kept by triggers, which Drizzle does not know: they are in
 * `drizzle/0001_counters.sql`, `drizzle/0006_deletion_counters.sql` and `drizzle/0008_attribution_counters.sql`.
 *
 * Every index costs 10 to 25 % of the insert rate, so each says which query it is for.
 */
export const events = sqliteTable(
  "events",
  {
    /** Assigned before the insert, see `lib/ids.ts`. */
    id: integer("id").primaryKey(),
    /** In ms after the time that the id says; since 1970 in a row without a shorthand. */
    receivedOffset: integer("received_offset").notNull(),
    siteId: integer("site_id").notNull(),
    type: text("type").notNull(),
    name: text("name"),
    occurredAt: integer("occurred_at").notNull(),
    occurredSub: integer("occurred_sub").notNull().default(0),
    visitorId: text("visitor_id"),
    sessionId: text("session_id"),
    url: text("url"),
    pathText: text("path_text"),
    referrer: text("referrer"),
    deviceText: text("device_text"),
    browserText: text("browser_text"),
    osText: text("os_text"),
    country: text("country"),
    region: text("region"),
    city: text("city"),
    botName: text("bot_name"),
    botCompany: text("bot_company"),
    aiSource: text("ai_source"),
    clickId: text("click_id"),
    customerKey: text("customer_key"),
    valueMicros: integer("value_micros"),
    currency: text("currency"),
    isTest: integer("is_test", { mode: "boolean" }).notNull().default(false),
    dedupeKey: text("dedupe_key"),
    data: text("data"),
    deletedAt: integer("deleted_at"),
    deletionId: integer("deletion_id"),
    /** What of the row is not spelled out, see `shorthand.ts`. */
    shorthand: integer("shorthand"),
    receivedAt: integer("received_at").generatedAlwaysAs(sql.raw(VIRTUAL.received_at), { mode: "virtual" }),
    path: text("path").generatedAlwaysAs(sql.raw(VIRTUAL.path), { mode: "virtual" }),
    device: text("device").generatedAlwaysAs(sql.raw(VIRTUAL.device), { mode: "virtual" }),
    browser: text("browser").generatedAlwaysAs(sql.raw(VIRTUAL.browser), { mode: "virtual" }),
    os: text("os").generatedAlwaysAs(sql.raw(VIRTUAL.os), { mode: "virtual" }),
  },
  (table) => [
    // A site's list, newest first. The id, as rowid, is the last column of every index by itself.
    index("events_list")
      .on(table.siteId, table.isTest, table.occurredAt, table.occurredSub)
      .where(sql`deleted_at IS NULL`),
    // The same list of one type.
    index("events_list_by_type")
      .on(table.siteId, table.type, table.isTest, table.occurredAt, table.occurredSub)
      .where(sql`deleted_at IS NULL`),
    // What the site-events API shows, one kind or all of them; and how much of a list bots did. Only of events that it shows.
    index(KIND_INDEX)
      .on(table.siteId, sql.raw(KIND), table.isTest, table.occurredAt)
      .where(sql.raw(`deleted_at IS NULL AND ${KIND} IS NOT NULL`)),
    // An event is stored once, however often it is sent.
    uniqueIndex("events_dedupe").on(table.siteId, table.dedupeKey).where(sql`dedupe_key IS NOT NULL`),
    // A program's list of clicks, leads and conversions, newest first, of one type or of all three.
    index("events_attributed")
      .on(table.siteId, table.type, table.occurredAt, table.occurredSub)
      .where(sql.raw(ATTRIBUTED)),
    // What came of a click, and whose it is: the chain from a click to its conversion.
    index("events_by_click")
      .on(table.clickId, table.isTest, table.type, table.siteId, table.occurredAt)
      .where(sql`click_id IS NOT NULL AND deleted_at IS NULL`),
    // What a customer did: ties a lead or a sale to an earlier click.
    index("events_by_customer")
      .on(table.customerKey, table.isTest, table.siteId, table.type, table.occurredAt)
      .where(sql`customer_key IS NOT NULL AND deleted_at IS NULL`),
    // What a deletion has marked, to restore or to purge it. Costs inserts nothing: they mark nothing.
    index("events_by_deletion").on(table.deletionId).where(sql`deleted_at IS NOT NULL`),
  ],
);

/** How many undeleted events a site has, by type: the cost of a total does not grow with the events. */
export const eventTotals = sqliteTable(
  "event_totals",
  {
    siteId: integer("site_id").notNull(),
    /** Types beyond the first 200 of a site share the row `*other`. */
    type: text("type").notNull(),
    isTest: integer("is_test").notNull(),
    n: integer("n").notNull(),
  },
  (table) => [primaryKey({ columns: [table.siteId, table.type, table.isTest] })],
);

/** The same by UTC day of the event time (days since 1970-01-01), for totals of a time range. */
export const eventDayCounts = sqliteTable(
  "event_day_counts",
  {
    siteId: integer("site_id").notNull(),
    type: text("type").notNull(),
    isTest: integer("is_test").notNull(),
    day: integer("day").notNull(),
    n: integer("n").notNull(),
  },
  (table) => [primaryKey({ columns: [table.siteId, table.type, table.isTest, table.day] })],
);

/** How many of {@link ATTRIBUTED} a program has, by type and UTC day: totals, and where a far page begins. */
export const attributedDayCounts = sqliteTable(
  "attributed_day_counts",
  {
    siteId: integer("site_id").notNull(),
    type: text("type").notNull(),
    day: integer("day").notNull(),
    n: integer("n").notNull(),
  },
  (table) => [primaryKey({ columns: [table.siteId, table.type, table.day] })],
);

export const sites = sqliteTable(
  "sites",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    name: text("name").notNull(),
    domain: text("domain"),
    description: text("description"),
    trackingCode: text("tracking_code").notNull(),
    siteKey: text("site_key").notNull(),
    scope: text("scope").notNull(),
    publicRead: integer("public_read", { mode: "boolean" }).notNull().default(false),
    createdAt: integer("created_at").notNull(),
    deletedAt: integer("deleted_at"),
    /** When its events are purged, once it is deleted. */
    purgeAt: integer("purge_at"),
    /** JSON array of origins, null for all. */
    allowedOrigins: text("allowed_origins", { mode: "json" }).$type<string[]>(),
    honorGpc: integer("honor_gpc", { mode: "boolean" }).notNull().default(true),
    honorDnt: integer("honor_dnt", { mode: "boolean" }).notNull().default(false),
    retentionDays: integer("retention_days"),
    attributionWindowDays: integer("attribution_window_days").notNull().default(60),
    eventsPerMinute: integer("events_per_minute"),
  },
  (table) => [
    uniqueIndex("sites_tracking_code").on(table.trackingCode),
    uniqueIndex("sites_site_key").on(table.siteKey),
    uniqueIndex("sites_scope").on(table.scope).where(sql`deleted_at IS NULL`),
    uniqueIndex("sites_domain").on(table.domain).where(sql`deleted_at IS NULL AND domain IS NOT NULL`),
  ],
);

export const apiKeys = sqliteTable("api_keys", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** SHA-256 of the whole key, lower-case hex. */
  secretHash: text("secret_hash").notNull(),
  admin: integer("admin", { mode: "boolean" }).notNull().default(false),
  /** JSON array of permissions. */
  permissions: text("permissions", { mode: "json" }).$type<string[]>().notNull(),
  /** JSON array of site ids, null for all. */
  siteIds: text("site_ids", { mode: "json" }).$type<number[]>(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  revokedAt: integer("revoked_at"),
  tier: text("tier").$type<Tier>().notNull().default("free"),
  /** Requests a minute where they are not those of the tier. */
  requestsPerMinute: integer("requests_per_minute"),
  /** After a rotation, the hash of the secret before it, and until when that is still accepted. */
  previousHash: text("previous_hash"),
  previousUntil: integer("previous_until"),
});

/** When keys were used last. Apart, so that noting it makes nobody forget what it remembers of keys. */
export const keyUses = sqliteTable("key_uses", {
  keyId: text("key_id").primaryKey(),
  lastUsedAt: integer("last_used_at").notNull(),
});

export const kv = sqliteTable("kv", {
  key: text("key").primaryKey(),
  value: text("value").notNull(),
  expiresAt: integer("expires_at"),
});

/**
 * Every deletion, from its acceptance until a year after its end. Of its events `events` were marked in all,
 * `restored` of them are back, and `purged` of them are gone; the rest waits. Triggers keep the three.
 */
export const deletions = sqliteTable(
  "deletions",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    siteId: integer("site_id").notNull(),
    kind: text("kind").$type<DeletionKind>().notNull(),
    state: text("state").$type<DeletionState>().notNull(),
    /** Which events, as JSON; null for single ones, and once nothing of them is left. */
    filter: text("filter", { mode: "json" }).$type<DeletionFilter>(),
    /** Events that came in later are none of it; null for one that was done at once. */
    lastEventId: integer("last_event_id"),
    reason: text("reason"),
    /** An API key's id, or which part of the software it was. */
    by: text("actor").notNull(),
    createdAt: integer("created_at").notNull(),
    purgeAt: integer("purge_at").notNull(),
    /** Restored, or purged. */
    endedAt: integer("ended_at"),
    /** How many events the step that is carried out is about, counted at its start. */
    expected: integer("expected").notNull(),
    /** How many events it may still mark without passing the cap. */
    reserved: integer("reserved").notNull().default(0),
    events: integer("events").notNull().default(0),
    restored: integer("restored").notNull().default(0),
    purged: integer("purged").notNull().default(0),
  },
  (table) => [
    // What is being carried out, in its order.
    index("deletions_under_way").on(table.id).where(sql`state IN ('deleting', 'restoring', 'erasing')`),
    // What the next purge removes.
    index("deletions_due").on(table.purgeAt).where(sql`state IN ('deleted', 'purging')`),
    // A site's deletions, newest first.
    index("deletions_by_site").on(table.siteId),
    // Which are on record for long enough.
    index("deletions_ended").on(table.endedAt).where(sql`ended_at IS NOT NULL`),
  ],
);

/** How many events wait for each purge, reserved ones included; kept by triggers. */
export const pendingDeletions = sqliteTable("pending_deletions", {
  purgeAt: integer("purge_at").primaryKey(),
  n: integer("n").notNull(),
});

/** Who did what and when: never what was in an event. Rows are added and, a year later, removed. */
export const audit = sqliteTable(
  "audit",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    at: integer("at").notNull(),
    action: text("action").$type<AuditAction>().notNull(),
    by: text("actor").notNull(),
    siteId: integer("site_id"),
    /** What it was done to: a deletion, a key. */
    subject: text("subject"),
    events: integer("events"),
  },
  // Which have been kept for long enough.
  (table) => [index("audit_at").on(table.at)],
);

/** Events that were not taken: a thousand of each site and of none, what can be shown of them, for a week. */
export const rejections = sqliteTable(
  "rejections",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    at: integer("at").notNull(),
    /** Null where the event named no site that there is. */
    siteId: integer("site_id"),
    dialect: text("dialect").notNull(),
    reason: text("reason").notNull(),
    message: text("message").notNull(),
    /** What was wrong with which field, as JSON. */
    fields: text("fields"),
    /** Masked, see `domain/mask-event.ts`. */
    event: text("event"),
    isTruncated: integer("is_truncated").notNull(),
  },
  (table) => [
    // A site's, newest first, and which of them are too many.
    index("rejections_by_site").on(table.siteId, table.id),
    // Which have been kept for long enough.
    index("rejections_at").on(table.at),
  ],
);
