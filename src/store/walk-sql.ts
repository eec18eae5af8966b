import type { WalkPosition } from "../domain/deletion-ports.ts";
import type { EventFilter } from "../domain/ports.ts";
import {
  conditions,
  createArguments,
  IS_LIVE,
  isIndexed,
  pageRanges,
  type Statement,
  testCondition,
  testRanges,
} from "./event-sql.ts";

/** Rows that one step of a walk looks at. It is read off-thread, and a stranger's filter may match none of them. */
export const STEP_ROWS = 2_000;

/** What the index `events_by_deletion` holds, said so that it is used. */
const IS_MARKED = "deleted_at IS NOT NULL AND deletion_id > 0";

/** As one cell: a JSON array of at most `atMost` ids of live events that match. */
export function selectLiveIds(filter: EventFilter, atMost: number): Statement {
  const { args, bind } = createArguments();
  const where = [...conditions(filter, bind), testCondition(filter)].join(" AND ");
  return { sql: `SELECT json_group_array(id) FROM (SELECT id FROM events WHERE ${where} LIMIT ${bind(atMost)})`, args };
}

/** The same of marked events. */
export function selectMarkedIds(filter: EventFilter, atMost: number): Statement {
  const { args, bind } = createArguments();
  const where = markedConditions(filter, bind);
  return { sql: `SELECT json_group_array(id) FROM (SELECT id FROM events WHERE ${where} LIMIT ${bind(atMost)})`, args };
}

export function countMarked(filter: EventFilter): Statement {
  const { args, bind } = createArguments();
  return { sql: `SELECT count(*) FROM events WHERE ${markedConditions(filter, bind)}`, args };
}

function markedConditions(filter: EventFilter, bind: Parameters<typeof conditions>[1]): string {
  const found = conditions(filter, bind).filter((condition) => condition !== IS_LIVE);
  return [IS_MARKED, ...found, testCondition(filter)].join(" AND ");
}

/**
 * One step of a walk through a site's live events, oldest first: as one cell, a JSON array of
 * `[occurred_at, occurred_sub, id, whether it matches]` of the next {@link STEP_ROWS} that the list index has for the
 * filter. So a step costs the same however few match, and a walk goes on where it was after its events are gone.
 *
 * @param lastId events with a larger id do not match.
 */
export function walkLive(filter: EventFilter, lastId: number, from: WalkPosition | null): Statement {
  const { args, bind } = createArguments();
  const { siteId, type, from: earliest, to, includeTest } = filter;
  const [, occurredAt = 0, occurredSub = 0, id = 0] = from ?? [];
  const ranges = pageRanges(
    {
      filter: {
        siteId,
        ...(type === undefined ? {} : { type }),
        ...(earliest === undefined ? {} : { from: earliest }),
        ...(to === undefined ? {} : { to }),
        ...(includeTest === undefined ? {} : { includeTest }),
      },
      order: "asc",
      ...(from ? { after: { occurredAt, occurredSub, id } } : {}),
    },
    bind,
  );
  const matches = [`id <= ${bind(lastId)}`, ...(isIndexed(filter) ? [] : conditions(filter, bind))].join(" AND ");
  const parts = ranges.flatMap((range) =>
    testRanges(filter).map(
      (test) =>
        `SELECT occurred_at, occurred_sub, id, ${matches} AS matches FROM events WHERE ${[...range, test].join(" AND ")}`,
    ),
  );
  const rows = `${parts.join(" UNION ALL ")} ORDER BY occurred_at, occurred_sub, id LIMIT ${STEP_ROWS}`;
  return { sql: `SELECT json_group_array(json_array(occurred_at, occurred_sub, id, matches)) FROM (${rows})`, args };
}

/** The same through the marked events of all sites: `[deletion_id, id, whether it matches]`. */
export function walkMarked(filter: EventFilter, lastId: number, from: WalkPosition): Statement {
  const { args, bind } = createArguments();
  const [, deletionId = 0, id = 0] = from;
  const matches = [`id <= ${bind(lastId)}`, markedConditions(filter, bind)].join(" AND ");
  const deletion = bind(deletionId);
  // Two ranges for the same reason as in a page of the list.
  const parts = [`deletion_id = ${deletion} AND id > ${bind(id)}`, `deletion_id > ${deletion}`].map(
    (range) => `SELECT deletion_id, id, ${matches} AS matches FROM events WHERE ${IS_MARKED} AND ${range}`,
  );
  const rows = `${parts.join(" UNION ALL ")} ORDER BY deletion_id, id LIMIT ${STEP_ROWS}`;
  return { sql: `SELECT json_group_array(json_array(deletion_id, id, matches)) FROM (${rows})`, args };
}
