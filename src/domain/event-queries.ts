import type { Pipeline } from "../query/expr.ts";

/** A query that a caller wrote. */
export interface EventQuery {
  /** Whose events it sees, and no others. */
  readonly siteIds: readonly number[];
  /** Also test events, which are left out otherwise. */
  readonly includeTest: boolean;
  readonly pipeline: Pipeline;
  /** More rows do not come out. */
  readonly maxRows: number;
  /** The rows that are counted for the answer's total; null: none. */
  readonly total: Pipeline | null;
}

export interface QueryAnswer {
  /** A JSON object for each row, with commas between them; what a JSON column holds is as it was stored. */
  readonly rows: string;
  readonly count: number;
  readonly total: number | null;
}

export interface EventQueries {
  /**
   * @throws `query_too_expensive` when the query takes longer or finds more than it may, `overloaded` when too
   *   many wait, `not_available` where queries cannot be stopped; `QueryError` for one that is too complex.
   */
  run(query: EventQuery): Promise<QueryAnswer>;
}
