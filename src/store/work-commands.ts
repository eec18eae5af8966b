import type { Client } from "@libsql/client";
import type { AuditAction } from "../domain/audit.ts";
import { CHUNK_EVENTS, type DeletionKind } from "../domain/deletion.ts";
import { COUNTERS } from "./counters.ts";
import { AUDIT_OF_DELETION, forgetVisitor } from "./deletion-columns.ts";

/** The writes that carry out large deletions. Each is at most one chunk of events, so that appends wait a few ms at most. */
type Db = { readonly $client: Client };

const isIn = (state: string): string => `EXISTS (SELECT 1 FROM deletions WHERE id = :id AND state = '${state}')`;

/** Whom the erasure `:id` is about. */
const VISITOR = "(SELECT erasure.filter ->> '$.visitorId' FROM deletions AS erasure WHERE erasure.id = :id)";

/** What an erasure is on record as; what is deleted and can be restored is `events.delete`. */
const ACTIONS: Partial<Record<DeletionKind, AuditAction>> = {
  visitor: "visitor.erase",
  retention: "retention.purge",
  site: "site.purge",
};

export const workCommands = {
  /** Marks events for a deletion, unless it has been ended meanwhile. */
  async markSome({ $client }: Db, args: { id: number; ids: readonly number[] }): Promise<void> {
    const { id } = args;
    await $client.batch(
      [
        {
          sql: `UPDATE events SET deletion_id = :id, deleted_at = (SELECT created_at FROM deletions WHERE id = :id)
WHERE id IN (SELECT value FROM json_each(:ids)) AND deleted_at IS NULL AND ${isIn("deleting")}`,
          args: { id, ids: JSON.stringify(args.ids) },
        },
        { sql: "UPDATE deletions SET reserved = max(0, reserved - changes()) WHERE id = :id", args: { id } },
      ],
      "write",
    );
  },

  /** Removes events for an erasure. */
  async eraseSome({ $client }: Db, args: { id: number; ids: readonly number[] }): Promise<void> {
    const { id } = args;
    await $client.batch(
      [
        {
          sql: `DELETE FROM events WHERE id IN (SELECT value FROM json_each(:ids)) AND ${isIn("erasing")}`,
          args: { id, ids: JSON.stringify(args.ids) },
        },
        {
          sql: "UPDATE deletions SET events = events + changes(), purged = purged + changes() WHERE id = :id",
          args: { id },
        },
      ],
      "write",
    );
  },

  /** How many events of a deletion came back. */
  async restoreSome({ $client }: Db, { id }: { id: number }): Promise<number> {
    const restored = await $client.execute({
      sql: `UPDATE events SET deleted_at = NULL, deletion_id = NULL WHERE id IN (
  SELECT id FROM events WHERE deletion_id = :id AND deleted_at IS NOT NULL LIMIT ${CHUNK_EVENTS}
) AND ${isIn("restoring")}`,
      args: { id },
    });
    return restored.rowsAffected;
  },

  async finishDeleting({ $client }: Db, { id, nowMs }: { id: number; nowMs: number }): Promise<void> {
    await $client.batch(
      [
        {
          sql: "UPDATE deletions SET state = 'deleted', reserved = 0 WHERE id = :id AND state = 'deleting'",
          args: { id },
        },
        { sql: AUDIT_OF_DELETION, args: { id, nowMs, action: "events.delete" } },
      ],
      "write",
    );
  },

  async finishRestoring({ $client }: Db, { id, nowMs }: { id: number; nowMs: number }): Promise<void> {
    await $client.execute({
      sql: "UPDATE deletions SET state = 'restored', ended_at = :nowMs WHERE id = :id AND state = 'restoring'",
      args: { id, nowMs },
    });
  },

  /** Also of a site, whose own rows go with it. */
  async finishErasing(
    { $client }: Db,
    args: { id: number; kind: DeletionKind; siteId: number; nowMs: number },
  ): Promise<void> {
    const { id, kind, siteId, nowMs } = args;
    const ofSite = { sql: "", args: { siteId } };
    await $client.batch(
      [
        ...(kind === "visitor" ? [{ sql: forgetVisitor(VISITOR), args: { siteId, id } }] : []),
        {
          sql: `UPDATE deletions SET state = 'purged', filter = NULL, ended_at = :nowMs
WHERE id = :id AND state = 'erasing'`,
          args: { id, nowMs },
        },
        { sql: AUDIT_OF_DELETION, args: { id, nowMs, action: ACTIONS[kind] ?? "events.purge" } },
        ...(kind === "site"
          ? [
              ...COUNTERS.map(({ table }) => ({ ...ofSite, sql: `DELETE FROM ${table} WHERE site_id = :siteId` })),
              { ...ofSite, sql: "DELETE FROM sites WHERE id = :siteId AND deleted_at IS NOT NULL" },
            ]
          : []),
      ],
      "write",
    );
  },

  /** Some of a site's deletions but for one; false when no other is left. */
  async forgetDeletions({ $client }: Db, { siteId, except }: { siteId: number; except: number }): Promise<boolean> {
    const forgotten = await $client.execute({
      sql: `DELETE FROM deletions WHERE id IN (
  SELECT id FROM deletions WHERE site_id = :siteId AND id <> :except LIMIT ${CHUNK_EVENTS})`,
      args: { siteId, except },
    });
    return forgotten.rowsAffected > 0;
  },
};
