import type { Client } from "@libsql/client";
import { AT_ONCE } from "../domain/deletion.ts";
import type { RestoredEvent, RestoreRequest } from "../domain/deletion-ports.ts";
import { IS_UNDER_WAY } from "./deletion-columns.ts";

/** The writes that bring deleted events back: at once where they are few, see `deletion-commands.ts`. */
type Db = { readonly $client: Client };

/** Large deletions of the site that hide events: whether an event that came back now would be one of theirs is not asked. */
const IS_HIDING = `${IS_UNDER_WAY} AND state <> 'restoring' AND kind IN ('filter', 'visitor') AND site_id = :siteId`;

export const restoreCommands = {
  async restoreEvent({ $client }: Db, { id, by, nowMs }: RestoreRequest): Promise<RestoredEvent> {
    const found = await $client.execute({
      sql: "SELECT site_id, deletion_id, deleted_at FROM events WHERE id = :id",
      args: { id },
    });
    const [event] = found.rows;
    if (!event) return "gone";
    const siteId = Number(event.site_id);
    const deletionId = Number(event.deletion_id);
    const isBusy = async () => {
      const { rows } = await $client.execute({
        sql: `SELECT 1 FROM deletions WHERE ${IS_HIDING} LIMIT 1`,
        args: { siteId },
      });
      return rows.length > 0;
    };
    if (event.deleted_at === null) return (await isBusy()) ? "busy" : "restored";
    const [restored] = await $client.batch(
      [
        {
          sql: `UPDATE events SET deleted_at = NULL, deletion_id = NULL
WHERE id = :id AND deletion_id = :deletionId AND deleted_at IS NOT NULL
AND EXISTS (SELECT 1 FROM deletions WHERE id = :deletionId AND state IN ('deleted', 'restoring'))
AND NOT EXISTS (SELECT 1 FROM deletions WHERE ${IS_HIDING})`,
          args: { id, deletionId, siteId },
        },
        {
          sql: `INSERT INTO audit (at, action, actor, site_id, subject, events)
SELECT :nowMs, 'events.restore', :by, :siteId, CAST(:deletionId AS INTEGER), 1 WHERE changes() > 0`,
          args: { nowMs, by, siteId, deletionId },
        },
        {
          sql: `UPDATE deletions SET state = 'restored', ended_at = :nowMs
WHERE id = :deletionId AND state = 'deleted' AND restored > 0 AND events = restored + purged`,
          args: { nowMs, deletionId },
        },
      ],
      "write",
    );
    if (restored && restored.rowsAffected > 0) return "restored";
    return (await isBusy()) ? "busy" : "gone";
  },

  /** Whether anything was done; the deletion's row says what. */
  async restoreDeletion(
    { $client }: Db,
    { id, by, nowMs, siteId }: RestoreRequest & { siteId: number },
  ): Promise<"accepted" | "unchanged" | "busy"> {
    const isFree = `NOT EXISTS (SELECT 1 FROM deletions AS other WHERE ${IS_HIDING} AND other.id <> :id)`;
    const [atOnce, , , , later] = await $client.batch(
      [
        {
          sql: `UPDATE deletions SET state = 'restored', ended_at = :nowMs
WHERE id = :id AND state = 'deleted' AND events - restored - purged <= ${AT_ONCE} AND ${isFree}`,
          args: { id, nowMs, siteId },
        },
        {
          sql: `UPDATE events SET deleted_at = NULL, deletion_id = NULL
WHERE changes() > 0 AND deletion_id = :id AND deleted_at IS NOT NULL`,
          args: { id },
        },
        {
          sql: `INSERT INTO audit (at, action, actor, site_id, subject, events)
SELECT :nowMs, 'events.restore', :by, :siteId, CAST(:id AS INTEGER), changes() WHERE changes() > 0`,
          args: { nowMs, by, siteId, id },
        },
        // One that is under way would be on record at its end, which it does not reach.
        {
          sql: `INSERT INTO audit (at, action, actor, site_id, subject, events)
SELECT :nowMs, 'events.delete', actor, site_id, id, max(expected, events) FROM deletions
WHERE id = :id AND state = 'deleting' AND ${isFree}`,
          args: { id, siteId, nowMs },
        },
        {
          sql: `UPDATE deletions SET state = 'restoring', reserved = 0,
  expected = CASE state WHEN 'deleting' THEN max(expected, events) ELSE events - restored - purged END
WHERE id = :id AND state IN ('deleted', 'deleting') AND ${isFree}`,
          args: { id, siteId },
        },
        {
          sql: `INSERT INTO audit (at, action, actor, site_id, subject, events)
SELECT :nowMs, 'events.restore', :by, site_id, id, expected FROM deletions WHERE changes() > 0 AND id = :id`,
          args: { nowMs, by, id },
        },
      ],
      "write",
    );
    if ((atOnce?.rowsAffected ?? 0) + (later?.rowsAffected ?? 0) > 0) return "accepted";
    const { rows } = await $client.execute({ sql: "SELECT state FROM deletions WHERE id = :id", args: { id } });
    const state = rows[0]?.state;
    if (state === "restoring") return "accepted";
    return state === "deleted" || state === "deleting" ? "busy" : "unchanged";
  },
};
