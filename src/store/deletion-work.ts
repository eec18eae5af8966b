import { asc, sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { DeletionWork, WalkPosition, WalkStep } from "../domain/deletion-ports.ts";
import { DELETION, IS_UNDER_WAY } from "./deletion-columns.ts";
import type { ReadCell } from "./event-reader.ts";
import type { StoreWriter } from "./event-writer.ts";
import type { HiddenEvents } from "./hidden-events.ts";
import { answerOf } from "./read-failure.ts";
import { deletions } from "./schema.ts";
import { STEP_ROWS, walkLive, walkMarked } from "./walk-sql.ts";

export interface DeletionWorkOptions {
  readonly db: LibSQLDatabase;
  readonly writer: StoreWriter;
  readonly hidden: HiddenEvents;
  /** Reads of everything that is stored, off-thread. */
  readonly unbounded: ReadCell;
}

/** What nobody waits for. */
const BY_ITSELF = sql`${deletions.kind} IN ('retention', 'site')`;

export function createDeletionWork({ db, writer, hidden, unbounded }: DeletionWorkOptions): DeletionWork {
  return {
    async next() {
      const [first] = await answerOf(
        db.select(DELETION).from(deletions).where(sql.raw(IS_UNDER_WAY)).orderBy(BY_ITSELF, asc(deletions.id)).limit(1),
      );
      return first ?? null;
    },

    async walk({ siteId, state, filter, lastEventId }, from): Promise<WalkStep> {
      const wanted = { ...filter, siteId };
      const last = lastEventId ?? 0;
      const isLive = from === null || from[0] === "live";
      const statement = isLive ? walkLive(wanted, last, from) : walkMarked(wanted, last, from);
      const rows = JSON.parse(String(await unbounded(statement.sql, statement.args))) as number[][];
      const ids = rows.filter((row) => row.at(-1) === 1).map((row) => row.at(-2) as number);
      const end = rows.at(-1)?.slice(0, -1);
      if (rows.length === STEP_ROWS && end) return { ids, next: [isLive ? "live" : "marked", ...end] };
      // Of what is removed, also what an earlier deletion had marked.
      const isMore = isLive && state === "erasing";
      return { ids, next: isMore ? (["marked"] satisfies WalkPosition) : null };
    },

    async apply({ id, state }, ids) {
      await writer.run(state === "erasing" ? "eraseSome" : "markSome", { id, ids });
    },

    restoreSome: async ({ id }) => (await writer.run("restoreSome", { id })) > 0,

    async finish({ id, kind, siteId, state }, nowMs) {
      if (state === "restoring") return writer.run("finishRestoring", { id, nowMs });
      if (state === "deleting") await writer.run("finishDeleting", { id, nowMs });
      else {
        if (kind === "site") while (await writer.run("forgetDeletions", { siteId, except: id }));
        await writer.run("finishErasing", { id, kind, siteId, nowMs });
      }
      await hidden.refresh();
    },
  };
}
