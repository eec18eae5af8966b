import type { PurgeStore } from "../domain/deletion-ports.ts";
import { IS_UNDER_WAY, IS_WAITING } from "./deletion-columns.ts";
import type { ReadCell } from "./event-reader.ts";
import type { StoreWriter } from "./event-writer.ts";
import { dueArgs, isDue } from "./purge-commands.ts";

/** Of deletions: how many, and of how many events. */
const COUNT_DUE = `SELECT json_array(count(*), coalesce(sum(events - restored - purged), 0)) FROM deletions
WHERE ${IS_WAITING} AND ${isDue("created_at", "?1", "?2")}`;

const DUE_SITES = `SELECT json_group_array(id) FROM sites
WHERE deleted_at IS NOT NULL AND ${isDue("deleted_at", "?1", "?2")}
AND NOT EXISTS (SELECT 1 FROM deletions WHERE ${IS_UNDER_WAY} AND kind = 'site' AND site_id = sites.id)`;

export interface PurgeStoreOptions {
  readonly writer: StoreWriter;
  /** Off-thread reads; see `EventReaderOptions`. */
  readonly unbounded: ReadCell;
  readonly reclaim: PurgeStore["reclaim"];
}

export function createPurgeStore({ writer, unbounded, reclaim }: PurgeStoreOptions): PurgeStore {
  return {
    async due(run) {
      const { nowMs, steps } = dueArgs(run);
      const read = async (sql: string) => JSON.parse(String(await unbounded(sql, [nowMs, steps]))) as number[];
      const [deletions = 0, events = 0] = await read(COUNT_DUE);
      return { deletions, events, siteIds: await read(DUE_SITES) };
    },
    purgeSome: (run) => writer.run("purgeSome", run),
    reclaim,
    expireSome: (before) => writer.run("expireSome", before),
  };
}
