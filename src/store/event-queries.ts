import { AppError } from "../domain/errors.ts";
import type { EventQueries, EventQuery, QueryAnswer } from "../domain/event-queries.ts";
import { QueryError } from "../query/query-error.ts";
import type { ReadCell } from "./event-reader.ts";
import type { Statement } from "./event-sql.ts";
import { selectCount, selectRows } from "./pipeline-sql.ts";
import { type Fragment, sql } from "./sql-fragment.ts";
import { createNames, type Names } from "./sql-names.ts";

/** How large the rows of an answer may be together, in bytes of JSON. */
const MAX_RESULT_BYTES = 32n * 1024n * 1024n;

/** What SQLite says when a sum or a text passes its limits, or there is no room to sort in; and a libSQL server of an answer. */
const TOO_LARGE = /integer overflow|string or blob too big|SQLITE_TOOBIG|SQLITE_FULL|disk is full|RESPONSE_TOO_LARGE/i;

/** What it says to statements that are deeper than it can read. */
const TOO_DEEP = /parser stack overflow|Expression tree is too large/i;

/** Runs queries off the main thread, where they can be stopped. */
export function createEventQueries(read: ReadCell): EventQueries {
  return {
    async run(query) {
      const { sql: text, args } = statementOf(query);
      const cell = await read(text, args).catch((error: unknown) => {
        throw explain(error);
      });
      if (cell === null) throw tooMuch();
      return decodeAnswer(String(cell));
    },
  };
}

/** Whatever stopped a query, as what is wrong with the query where it is to blame. */
function explain(error: unknown): unknown {
  if (error instanceof AppError) {
    return error.code === "deadline_exceeded" ? tooExpensive(`The query took too long: ${NARROW}`, error) : error;
  }
  if (TOO_DEEP.test(String(error))) return new QueryError("The query is nested too deeply", null);
  return TOO_LARGE.test(String(error)) ? tooMuch(error) : error;
}

const NARROW = "narrow it, for example by a time range";

const tooExpensive = (message: string, cause?: unknown) => new AppError("query_too_expensive", message, { cause });

const tooMuch = (cause?: unknown) =>
  tooExpensive("The result is too large: ask for fewer rows, or for fewer columns of them", cause);

/** One cell: the total or a dash, the number of rows, and the rows; null where they are too large. */
export function statementOf(query: EventQuery): Statement {
  const names = createNames();
  const limit = names.bind(MAX_RESULT_BYTES);
  const total = totalOf(query, names);
  const rows = selectRows(query.pipeline, query, query.maxRows, names);
  const measured = sql`SELECT item, sum(octet_length(item)) OVER (ROWS UNBOUNDED PRECEDING) AS size FROM (${rows})`;
  const answer = sql`SELECT CASE WHEN coalesce(max(size), 0) <= ${limit} THEN ${total} || ' ' || count(*) || ' '
    || coalesce(group_concat(item, ',') FILTER (WHERE size <= ${limit}), '') END FROM (${measured})`;
  return { sql: answer.text, args: names.args };
}

function totalOf({ total, ...source }: EventQuery, names: Names): Fragment {
  if (!total) return sql`'-'`;
  return sql`(${selectCount(total, source, names)})`;
}

function decodeAnswer(cell: string): QueryAnswer {
  const afterTotal = cell.indexOf(" ");
  const afterCount = cell.indexOf(" ", afterTotal + 1);
  const total = cell.slice(0, afterTotal);
  return {
    total: total === "-" ? null : Number(total),
    count: Number(cell.slice(afterTotal + 1, afterCount)),
    rows: cell.slice(afterCount + 1),
  };
}
