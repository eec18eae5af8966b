/** What is kept on record. */
export const AUDIT_ACTIONS = [
  "events.delete",
  "events.restore",
  "events.purge",
  "visitor.erase",
  "visitor.export",
  "retention.purge",
  "site.purge",
  "site.delete",
  "site.restore",
  "key.create",
  "key.rotate",
  "key.revoke",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** How long an entry is kept, in days. */
export const AUDIT_KEPT_DAYS = 365;

/** Who acted, where that was no API key: the command line, and the server by itself. */
export const BY_COMMAND = "command";
export const BY_SERVER = "server";

/** Who did what, to how much, and when. Never what was in an event, nor the values of a filter. */
export interface AuditRecord {
  readonly action: AuditAction;
  /** An API key's id, `environment` for the admin key of the environment, {@link BY_COMMAND} or {@link BY_SERVER}. */
  readonly by: string;
  readonly siteId?: number;
  /** Id of the deletion or the key that it was about. */
  readonly subject?: string;
  /** How many events. */
  readonly events?: number;
}

export interface AuditEntry {
  readonly id: number;
  /** Ms since 1970. */
  readonly at: number;
  readonly action: AuditAction;
  readonly by: string;
  readonly siteId: number | null;
  readonly subject: string | null;
  readonly events: number | null;
}

export interface AuditQuery {
  readonly action?: AuditAction;
  readonly by?: string;
  readonly siteId?: number;
  /** Ms, both inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** Only entries with a smaller id: the list is newest first. */
  readonly before?: number;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** An append-only list. Deletions, restores and purges enter it in their own transactions. */
export interface Audit {
  /** Adds an entry with the time of the store's clock. */
  record(entry: AuditRecord): Promise<void>;
  /** Newest first. */
  list(query: AuditQuery): Promise<readonly AuditEntry[]>;
}
