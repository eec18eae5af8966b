import type { Client } from "@libsql/client";
import type { DeletionRequest } from "../domain/deletion.ts";
import type { LargeDeletion } from "../domain/deletion-ports.ts";
import {
  areIdsOf,
  forgetVisitor,
  IS_UNDER_WAY,
  PENDING,
  REQUEST_COLUMNS,
  REQUEST_VALUES,
  requestArgs,
} from "./deletion-columns.ts";

/**
 * The writes of deletions: what is done at once, and the acceptance of what is carried out later (`work-commands.ts`).
 *
 * Each is one batch of statements, which is a transaction on a file and on a server alike; a later statement sees by
 * `changes()` whether the one before it did something.
 */
type Db = { readonly $client: Client };

/** An acceptance whose row is read afterwards. */
export type AcceptedId =
  | { readonly outcome: "accepted"; readonly id: number }
  | { readonly outcome: "nothing" | "busy" }
  | { readonly outcome: "full"; readonly roomAt: number };

/** How many deletions may be under way at once: each makes every read a little slower. */
const MAX_UNDER_WAY = 20;

const NEWEST = "(SELECT max(id) FROM deletions)";
const ARE_IDS = areIdsOf(":ids", ":siteId");

/** The first purge after which `:wanted` more events may wait. */
const ROOM_AT = `(SELECT min(purge_at) FROM (
  SELECT purge_at, sum(n) OVER (ORDER BY purge_at) AS freed FROM pending_deletions WHERE n > 0
) WHERE freed >= :wanted + ${PENDING} - :cap)`;

export const deletionCommands = {
  async markEvents(
    { $client }: Db,
    args: { request: DeletionRequest; ids: readonly number[]; cap: number },
  ): Promise<AcceptedId> {
    const { request, cap } = args;
    const { siteId, nowMs } = request;
    const ids = JSON.stringify(args.ids);
    const [accepted] = await $client.batch(
      [
        {
          sql: `INSERT INTO deletions (${REQUEST_COLUMNS}, state, expected)
SELECT ${REQUEST_VALUES}, 'deleted', wanted.n
FROM (SELECT count(*) AS n FROM events WHERE ${ARE_IDS} AND deleted_at IS NULL) AS wanted
WHERE wanted.n > 0 AND wanted.n + ${PENDING} <= :cap RETURNING id`,
          args: { ...requestArgs(request), ids, cap },
        },
        {
          sql: `UPDATE events SET deleted_at = :nowMs, deletion_id = ${NEWEST}
WHERE changes() > 0 AND ${ARE_IDS} AND deleted_at IS NULL`,
          args: { nowMs, siteId, ids },
        },
        {
          sql: `INSERT INTO audit (at, action, actor, site_id, subject, events)
SELECT created_at, 'events.delete', actor, site_id, id, events FROM deletions WHERE changes() > 0 AND id = ${NEWEST}`,
          args: {},
        },
      ],
      "write",
    );
    const id = accepted?.rows[0]?.id;
    if (id !== undefined) return { outcome: "accepted", id: Number(id) };
    const { rows } = await $client.execute({
      sql: `SELECT count(*) AS n FROM events WHERE ${ARE_IDS} AND deleted_at IS NULL`,
      args: { siteId, ids },
    });
    const wanted = Number(rows[0]?.n ?? 0);
    return wanted === 0 ? { outcome: "nothing" } : full($client, { wanted, cap });
  },

  async eraseEvents({ $client }: Db, args: { request: DeletionRequest; ids: readonly number[] }): Promise<AcceptedId> {
    const { request } = args;
    const ids = JSON.stringify(args.ids);
    const [accepted] = await $client.batch(
      [
        {
          sql: `INSERT INTO deletions (${REQUEST_COLUMNS}, state, ended_at, expected, events, purged)
SELECT ${REQUEST_VALUES}, 'purged', :nowMs, wanted.n, wanted.n, wanted.n
FROM (SELECT count(*) AS n FROM events WHERE ${ARE_IDS}) AS wanted WHERE wanted.n > 0 RETURNING id`,
          // Nothing of the events is left, nor of what they were found by.
          args: { ...requestArgs({ ...request, filter: null }), ids },
        },
        { sql: `DELETE FROM events WHERE changes() > 0 AND ${ARE_IDS}`, args: { siteId: request.siteId, ids } },
        {
          sql: `INSERT INTO audit (at, action, actor, site_id, subject, events)
SELECT created_at, 'visitor.erase', actor, site_id, id, events FROM deletions WHERE changes() > 0 AND id = ${NEWEST}`,
          args: {},
        },
        {
          sql: forgetVisitor(":visitorId"),
          args: { siteId: request.siteId, visitorId: request.filter?.visitorId ?? null },
        },
      ],
      "write",
    );
    const id = accepted?.rows[0]?.id;
    return id === undefined ? { outcome: "nothing" } : { outcome: "accepted", id: Number(id) };
  },

  async acceptDeletion({ $client }: Db, args: { deletion: LargeDeletion; cap: number }): Promise<AcceptedId> {
    const { deletion, cap } = args;
    const { erases, expected, lastEventId } = deletion;
    const reserved = erases ? 0 : expected;
    const { rows } = await $client.execute({
      sql: `INSERT INTO deletions (${REQUEST_COLUMNS}, state, last_event_id, expected, reserved)
SELECT ${REQUEST_VALUES}, :state, :lastEventId, :expected, :reserved
WHERE (:reserved = 0 OR :reserved + ${PENDING} <= :cap)
AND (SELECT count(*) FROM deletions WHERE ${IS_UNDER_WAY}) < ${MAX_UNDER_WAY}
AND NOT EXISTS (SELECT 1 FROM deletions WHERE ${IS_UNDER_WAY} AND site_id = :siteId
  AND (state = 'restoring' OR (kind = :kind AND kind IN ('retention', 'site'))))
RETURNING id`,
      args: {
        ...requestArgs(deletion),
        state: erases ? "erasing" : "deleting",
        lastEventId,
        expected,
        reserved,
        cap,
      },
    });
    const id = rows[0]?.id;
    if (id !== undefined) return { outcome: "accepted", id: Number(id) };
    return reserved === 0 ? { outcome: "busy" } : full($client, { wanted: reserved, cap });
  },
};

/** Why there is no place: either the cap, or something that passes soon. */
async function full($client: Client, args: { wanted: number; cap: number }): Promise<AcceptedId> {
  const { rows } = await $client.execute({ sql: `SELECT ${PENDING} AS pending, ${ROOM_AT} AS room_at`, args });
  const isFull = args.wanted + Number(rows[0]?.pending) > args.cap;
  return isFull ? { outcome: "full", roomAt: Number(rows[0]?.room_at) } : { outcome: "busy" };
}
