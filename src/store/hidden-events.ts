import { and, asc, inArray, ne, sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { DeletionFilter, DeletionKind } from "../domain/deletion.ts";
import type { EventFilter } from "../domain/ports.ts";
import { COUNTERS, countAnew } from "./counters.ts";
import { IS_UNDER_WAY } from "./deletion-columns.ts";
import type { ReadCell } from "./event-reader.ts";
import { type Bind, conditions, testCondition } from "./event-sql.ts";
import { answerOf } from "./read-failure.ts";
import { deletions } from "./schema.ts";

/** Deletions whose events readers must not see although they are not marked yet. */
const HIDING: readonly DeletionKind[] = ["filter", "visitor"];

export interface HiddenEventsOptions {
  readonly db: LibSQLDatabase;
  /** Reads as they are; see `EventReaderOptions`. */
  readonly bounded: ReadCell;
  readonly unbounded: ReadCell;
}

export interface HiddenEvents {
  /** The same reads, without the events of deletions that are being carried out. */
  readonly bounded: ReadCell;
  readonly unbounded: ReadCell;
  /** The same for reads of another kind. */
  hide(read: ReadCell): ReadCell;
  /** Looks up which deletions are being carried out; what is read afterwards goes by it. */
  refresh(): Promise<void>;
}

/**
 * A large deletion is accepted before its events are marked. Until they are, every read of events is given other
 * tables of the same names: `WITH events AS (…)`, without the events that the deletions' filters match, and the
 * counters as counts of those. A statement need not know about it, and the answer is exact.
 *
 * The filters themselves are read out of the table of deletions within the statement: one that is done in its
 * snapshot hides nothing.
 */
export function createHiddenEvents({ db, bounded, unbounded }: HiddenEventsOptions): HiddenEvents {
  let tables: ((sql: string) => string) | null = null;
  let asked = 0;
  let answered = 0;

  const through =
    (read: ReadCell, otherwise: ReadCell): ReadCell =>
    (text, args, hints) =>
      tables === null ? read(text, args, hints) : otherwise(tables(text), args, hints);

  return {
    // With other tables no index bounds a read.
    bounded: through(bounded, unbounded),
    unbounded: through(unbounded, unbounded),
    hide: (read) => through(read, read),
    async refresh() {
      asked += 1;
      const turn = asked;
      const { id, siteId, filter } = deletions;
      const found = await answerOf(
        db
          .select({ id, siteId, filter })
          .from(deletions)
          .where(and(sql.raw(IS_UNDER_WAY), ne(deletions.state, "restoring"), inArray(deletions.kind, [...HIDING])))
          .orderBy(asc(id)),
      );
      // An answer that was overtaken is old.
      if (turn < answered) return;
      answered = turn;
      tables = found.length === 0 ? null : replaceTables(found);
    },
  };
}

interface Hiding {
  readonly id: number;
  readonly siteId: number;
  readonly filter: DeletionFilter | null;
}

/** A statement with its tables replaced; see {@link createHiddenEvents}. */
function replaceTables(hiding: readonly Hiding[]): (text: string) => string {
  const visible = hiding.map((deletion) => `(${conditionOf(deletion)}) IS NOT TRUE`).join(" AND ");
  const sites = [...new Set(hiding.map(({ siteId }) => siteId))].join(", ");
  const counters = COUNTERS.map((counter) => countAnew(counter, sites)).join(",\n");
  return (text) => {
    // What a statement says of its table's indexes holds for the table behind the name.
    const hint = text.includes("events NOT INDEXED") ? " NOT INDEXED" : "";
    const own = text.replace(INDEX_HINTS, "");
    const events = `events AS NOT MATERIALIZED (SELECT * FROM main.events${hint} WHERE ${visible})`;
    const more = /^\s*WITH\s+(RECURSIVE\s+)?/i.exec(own);
    return more
      ? `WITH ${more[1] ?? ""}${events}, ${counters}, ${own.slice(more[0].length)}`
      : `WITH ${events}, ${counters} ${own}`;
  };
}

/** A common table expression has no indexes to name. */
const INDEX_HINTS = /\s(?:NOT INDEXED|INDEXED BY \w+)/g;

/** A value of a filter, by the name under which the deletion has it. */
class Named {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Whether an event is one of the deletion's: the very conditions of the list, with values that the statement itself
 * looks up, once. Null where the deletion is not under way any more.
 */
function conditionOf({ id, siteId, filter }: Hiding): string {
  const look = (column: string) => `(SELECT ${column} FROM main.deletions WHERE id = ${id} AND ${IS_UNDER_WAY})`;
  const bind = (value: unknown) => (value instanceof Named ? look(`filter ->> '$.${value.name}'`) : String(siteId));
  const names = Object.keys(filter ?? {}).filter((name) => name !== "includeTest");
  const named = Object.fromEntries(names.map((name) => [name, new Named(name)]));
  const own = { ...named, siteId, ...(filter?.includeTest ? { includeTest: true } : {}) } as unknown as EventFilter;
  return [`id <= ${look("last_event_id")}`, ...conditions(own, bind as Bind), testCondition(own)].join(" AND ");
}
