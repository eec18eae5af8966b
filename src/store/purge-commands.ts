import type { Client } from "@libsql/client";
import type { Purged, PurgeRun } from "../domain/deletion-ports.ts";
import { IS_WAITING } from "./deletion-columns.ts";
import { blankResidue, createPageMap } from "./residue.ts";

/** The writes of purges. Each is one chunk. */
type Db = { readonly $client: Client };

/** Events, or deletions, of one chunk of a purge. */
const CHUNK = 250;

/** Pages that one step gives back to the disk: each is copied from the end of the file into a free one. */
const VACUUM_PAGES = 100;

/** Records of one step. */
const EXPIRE_ROWS = 500;

/**
 * Whether the time of a row has come to be purged: later by all steps that the clock has made since its deletion.
 *
 * @param deletedAt the column that says when it was deleted.
 * @param nowMs and `steps` placeholders; see {@link dueArgs}.
 */
export const isDue = (deletedAt: string, nowMs: string, steps: string): string =>
  `purge_at <= ${nowMs} AND purge_at + coalesce((
  SELECT sum(step.value ->> 'by') FROM json_each(${steps}) AS step WHERE ${deletedAt} <= step.value ->> 'before'
), 0) <= ${nowMs}`;

export const dueArgs = ({ nowMs, steps }: PurgeRun) => ({ nowMs, steps: JSON.stringify(steps) });

export const purgeCommands = {
  async purgeSome({ $client }: Db, run: PurgeRun): Promise<Purged> {
    const due = await $client.execute({
      sql: `SELECT id, events - restored - purged AS waiting FROM deletions
WHERE ${IS_WAITING} AND ${isDue("created_at", ":nowMs", ":steps")} ORDER BY purge_at, id LIMIT ${CHUNK}`,
      args: dueArgs(run),
    });
    const ids = firstThatFit(due.rows.map(({ id, waiting }) => [Number(id), Number(waiting)]));
    if (ids.length === 0) return { deletions: 0, events: 0 };
    const args = { ids: JSON.stringify(ids) };
    const { nowMs, by } = run;
    const chosen = "id IN (SELECT value FROM json_each(:ids)) AND state = 'purging'";
    const isDone = `${chosen} AND events = restored + purged`;
    const [, removed] = await $client.batch(
      [
        // From here on they cannot be restored.
        {
          sql: "UPDATE deletions SET state = 'purging' WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'deleted'",
          args,
        },
        {
          sql: `DELETE FROM events WHERE id IN (
  SELECT events.id FROM (SELECT id FROM deletions WHERE ${chosen}) AS chosen
  CROSS JOIN events ON events.deletion_id = chosen.id AND events.deleted_at IS NOT NULL LIMIT ${CHUNK})`,
          args,
        },
        {
          sql: `INSERT INTO audit (at, action, actor, site_id, subject, events)
SELECT :nowMs, 'events.purge', :by, site_id, CASE count(*) WHEN 1 THEN max(id) END, sum(purged)
FROM deletions WHERE ${isDone} AND purged > 0 GROUP BY site_id`,
          args: { ...args, nowMs, by },
        },
        {
          sql: `UPDATE deletions SET state = 'purged', ended_at = :nowMs, filter = NULL WHERE ${isDone}`,
          args: { ...args, nowMs },
        },
      ],
      "write",
    );
    return { deletions: ids.length, events: removed?.rowsAffected ?? 0 };
  },

  /** Counters of types that no event has: a type's name may be what a client made up. False when none is left. */
  async forgetTypes({ $client }: Db): Promise<boolean> {
    const forgotten = await $client.execute(`DELETE FROM event_totals WHERE (site_id, type) IN (
  SELECT site_id, type FROM event_totals GROUP BY site_id, type HAVING sum(n) = 0 LIMIT ${EXPIRE_ROWS})`);
    return forgotten.rowsAffected > 0;
  },

  /** Gives some free pages back to the disk; how many are left. */
  async vacuumSome({ $client }: Db): Promise<number> {
    // `execute` frees one page and leaves the statement open.
    await $client.executeMultiple(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    const { rows } = await $client.execute("PRAGMA freelist_count");
    return Number(rows[0]?.freelist_count ?? 0);
  },

  /** Overwrites what is left of removed rows in pages where some was found; see `residue.ts`. */
  async blankPages({ $client }: Db, { pages }: { pages: readonly number[] }): Promise<void> {
    const transaction = await $client.transaction("write");
    try {
      const read = async (page: number) => {
        const { rows } = await transaction.execute({
          sql: "SELECT data FROM sqlite_dbpage WHERE pgno = ?",
          args: [page],
        });
        return new Uint8Array((rows[0]?.data ?? new ArrayBuffer(0)) as ArrayBuffer);
      };
      const { isTreePage } = createPageMap(await read(1), read);
      for (const page of pages) {
        // It may have become something else since residue was found in it, and would be destroyed.
        if (!(await isTreePage(page))) continue;
        const data = await read(page);
        if (!blankResidue(data)) continue;
        await transaction.execute({ sql: "UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?", args: [data, page] });
      }
      await transaction.commit();
    } finally {
      transaction.close();
    }
  },

  async expireSome({ $client }: Db, before: { records: number; entries: number }): Promise<boolean> {
    const { records, entries } = before;
    const results = await $client.batch(
      [
        {
          sql: `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < :records LIMIT ${EXPIRE_ROWS})`,
          args: { records },
        },
        {
          sql: `DELETE FROM deletions WHERE id IN (
  SELECT id FROM deletions WHERE ended_at IS NOT NULL AND ended_at < :records LIMIT ${EXPIRE_ROWS})`,
          args: { records },
        },
        {
          sql: `DELETE FROM kv WHERE key IN (SELECT key FROM kv WHERE expires_at <= :entries LIMIT ${EXPIRE_ROWS})`,
          args: { entries },
        },
        { sql: "DELETE FROM pending_deletions WHERE n = 0", args: {} },
      ],
      "write",
    );
    return results.slice(0, 3).some(({ rowsAffected }) => rowsAffected === EXPIRE_ROWS);
  },
};

/** As many deletions as make up one chunk of events; at least the first, which may take several chunks. */
function firstThatFit(due: readonly (readonly [id: number, waiting: number])[]): readonly number[] {
  let events = 0;
  const fit = due.filter(([, waiting], position) => {
    events += waiting;
    return position === 0 || events <= CHUNK;
  });
  return fit.map(([id]) => id);
}
