import { and, desc, eq, inArray, lt } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { Deletion } from "../domain/deletion.ts";
import type { Acceptance, DeletionStore } from "../domain/deletion-ports.ts";
import { areIdsOf, DELETION, IS_UNDER_WAY, PENDING } from "./deletion-columns.ts";
import type { AcceptedId } from "./deletion-commands.ts";
import type { ReadCell } from "./event-reader.ts";
import { countLive, type Statement } from "./event-sql.ts";
import type { StoreWriter } from "./event-writer.ts";
import type { HiddenEvents } from "./hidden-events.ts";
import { answerOf } from "./read-failure.ts";
import { deletions } from "./schema.ts";
import { countMarked, selectLiveIds, selectMarkedIds } from "./walk-sql.ts";

const BACKLOG = `SELECT json_array(
${PENDING},
(SELECT coalesce(sum(n), 0) FROM pending_deletions WHERE purge_at <= ?1),
(SELECT count(*) FROM deletions WHERE ${IS_UNDER_WAY}))`;

export interface DeletionStoreOptions {
  readonly db: LibSQLDatabase;
  readonly writer: StoreWriter;
  /** Reads of what can be seen. */
  readonly hidden: HiddenEvents;
  /** Reads of everything that is stored; see `EventReaderOptions`. */
  readonly bounded: ReadCell;
  readonly unbounded: ReadCell;
}

export function createDeletionStore(options: DeletionStoreOptions): DeletionStore {
  const { db, writer, hidden, bounded, unbounded } = options;

  async function readIds(read: ReadCell, { sql, args }: Statement): Promise<number[]> {
    return JSON.parse(String(await read(sql, args))) as number[];
  }

  async function readNumber(read: ReadCell, { sql, args }: Statement): Promise<number> {
    return Number((await read(sql, args)) ?? 0);
  }

  async function find(id: number): Promise<Deletion | null> {
    const [found] = await answerOf(db.select(DELETION).from(deletions).where(eq(deletions.id, id)));
    return found ?? null;
  }

  async function known(id: number): Promise<Deletion> {
    const deletion = await find(id);
    if (!deletion) throw new Error(`Deletion ${id} is gone although it was just written`);
    return deletion;
  }

  async function withRow(accepted: AcceptedId): Promise<Acceptance> {
    return accepted.outcome === "accepted" ? { outcome: "accepted", deletion: await known(accepted.id) } : accepted;
  }

  return {
    visibleAmong: (siteId, ids) =>
      readIds(hidden.bounded, {
        sql: `SELECT json_group_array(id) FROM events WHERE ${areIdsOf("?1", "?2")} AND deleted_at IS NULL`,
        args: [JSON.stringify(ids), siteId],
      }),
    findVisible: (filter, atMost) => readIds(hidden.unbounded, selectLiveIds(filter, atMost)),
    async findStored(filter, atMost) {
      const live = await readIds(unbounded, selectLiveIds(filter, atMost));
      if (live.length >= atMost) return live;
      return [...live, ...(await readIds(unbounded, selectMarkedIds(filter, atMost - live.length)))];
    },
    async countStored(filter) {
      const live = await readNumber(unbounded, countLive(filter));
      return live + (await readNumber(unbounded, countMarked(filter)));
    },
    largestEventId: () => readNumber(bounded, { sql: "SELECT max(id) FROM events", args: [] }),
    async siteOfEvent(id) {
      const site = await bounded("SELECT site_id FROM events WHERE id = ?1", [id]);
      return site === null ? null : Number(site);
    },

    mark: async (request, ids, cap) => withRow(await writer.run("markEvents", { request, ids, cap })),
    erase: async (request, ids) => withRow(await writer.run("eraseEvents", { request, ids })),
    async accept(deletion, cap) {
      const accepted = await writer.run("acceptDeletion", { deletion, cap });
      // Before anybody is told: from the answer on nobody reads its events.
      if (accepted.outcome === "accepted") await hidden.refresh();
      return withRow(accepted);
    },

    restoreEvent: (request) => writer.run("restoreEvent", request),
    async restore(request) {
      const deletion = await find(request.id);
      if (!deletion) return null;
      const outcome = await writer.run("restoreDeletion", { ...request, siteId: deletion.siteId });
      if (deletion.state === "deleting") await hidden.refresh();
      return { outcome, deletion: await known(request.id) };
    },

    async backlog(nowMs) {
      const [events = 0, due = 0, underWay = 0] = JSON.parse(String(await bounded(BACKLOG, [nowMs]))) as number[];
      return { events, due, underWay };
    },
    find,
    async list({ siteIds, before, limit }) {
      return answerOf(
        db
          .select(DELETION)
          .from(deletions)
          .where(
            and(
              siteIds === null ? undefined : inArray(deletions.siteId, [...siteIds]),
              before === undefined ? undefined : lt(deletions.id, before),
            ),
          )
          .orderBy(desc(deletions.id))
          .limit(limit),
      );
    },
  };
}
