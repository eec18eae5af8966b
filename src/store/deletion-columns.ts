import type { Deletion, DeletionRequest } from "../domain/deletion.ts";
import { deletions } from "./schema.ts";

/** The index `deletions_under_way` knows these words. */
export const IS_UNDER_WAY = "state IN ('deleting', 'restoring', 'erasing')";

/** The index `deletions_due` knows these words. */
export const IS_WAITING = "state IN ('deleted', 'purging')";

/** How many events wait for a purge in all, those that are reserved included. */
export const PENDING = "(SELECT coalesce(sum(n), 0) FROM pending_deletions)";

/**
 * Events of a site by their ids.
 *
 * The plus keeps SQLite from going through the site's list index in search of them, which it takes for the shorter way:
 * it must cost the same however many events the site has.
 *
 * @param ids and `siteId` placeholders: a JSON array, and a number.
 */
export const areIdsOf = (ids: string, siteId: string): string =>
  `id IN (SELECT value FROM json_each(${ids})) AND +site_id = ${siteId}`;

/** A deletion as the domain knows it. */
export const DELETION = {
  id: deletions.id,
  siteId: deletions.siteId,
  kind: deletions.kind,
  state: deletions.state,
  filter: deletions.filter,
  lastEventId: deletions.lastEventId,
  reason: deletions.reason,
  by: deletions.by,
  createdAt: deletions.createdAt,
  purgeAt: deletions.purgeAt,
  endedAt: deletions.endedAt,
  expected: deletions.expected,
  events: deletions.events,
  restored: deletions.restored,
  purged: deletions.purged,
} as const satisfies Record<keyof Deletion, unknown>;

/** What a request's row begins with. */
export const REQUEST_COLUMNS = "site_id, kind, reason, actor, created_at, purge_at, filter";
export const REQUEST_VALUES = ":siteId, :kind, :reason, :by, :nowMs, :purgeAt, :filter";

export function requestArgs(request: DeletionRequest) {
  const { siteId, kind, reason, by, nowMs, purgeAt, filter } = request;
  return { siteId, kind, reason, by, nowMs, purgeAt, filter: filter === null ? null : JSON.stringify(filter) };
}

/** Enters a deletion that a step has just ended (`changes()`), with the number of its events, unless it had none. */
export const AUDIT_OF_DELETION = `INSERT INTO audit (at, action, actor, site_id, subject, events)
SELECT :nowMs, :action, actor, site_id, id, events FROM deletions WHERE changes() > 0 AND id = :id AND events > 0`;

/**
 * Takes a visitor that is erased out of what is on record of restored deletions; of all others the filter goes with
 * their purge.
 *
 * @param visitorId SQL of the visitor's id.
 */
export const forgetVisitor = (visitorId: string): string => `UPDATE deletions SET filter = NULL
WHERE site_id = :siteId AND state = 'restored' AND filter ->> '$.visitorId' = ${visitorId}`;
