import { QueryError } from "./query-error.ts";

/** What a query may be made of. People stay far below; programs that write queries learn where the end is. */
export const LIMITS = {
  /** Of a query's text, in UTF-16 units. */
  length: 20_000,
  /** Operators, functions, names and literals together. */
  nodes: 2_000,
  /** Parentheses, calls and negations inside one another. */
  depth: 60,
  /** Of one string literal, in UTF-16 units. */
  text: 4_096,
  /** Values of one list. */
  list: 1_000,
  /** Names and positions of one path into a document. */
  path: 20,
  /** Operators of one pipeline. */
  steps: 50,
  /** Columns of a result. */
  columns: 60,
} as const;

/** @throws QueryError where the text is longer than a query may be. */
export function assertLength(text: string): void {
  if (text.length > LIMITS.length) {
    throw new QueryError(`The query is longer than ${LIMITS.length} characters`, LIMITS.length);
  }
}

/** Counts what a parser makes of a query, and how deep it is inside of it. */
export interface Budget {
  /** One more node. @throws QueryError where there are too many. */
  spend(position: number): void;
  /** Does `work` one level deeper. @throws QueryError where that is too deep. */
  deeper<T>(position: number, work: () => T): T;
}

export function createBudget(): Budget {
  let nodes = 0;
  let depth = 0;
  return {
    spend(position) {
      nodes += 1;
      if (nodes > LIMITS.nodes) {
        throw new QueryError(
          `The query has more than ${LIMITS.nodes} operators, functions, names and values`,
          position,
        );
      }
    },
    deeper(position, work) {
      if (depth >= LIMITS.depth) {
        throw new QueryError(`The query is nested deeper than ${LIMITS.depth} levels`, position);
      }
      depth += 1;
      try {
        return work();
      } finally {
        depth -= 1;
      }
    },
  };
}
