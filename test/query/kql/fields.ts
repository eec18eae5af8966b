import { FIELDS } from "../../../src/http/dialects/profile-store/fields.ts";
import type { Pipeline } from "../../../src/query/expr.ts";
import { compileKql } from "../../../src/query/kql/compile.ts";
import { QueryError } from "../../../src/query/query-error.ts";

/** 2026-06-15T12:00:00Z in ticks. */
export const NOW = 639_171_072_000_000_000n;

export const compile = (query: string): Pipeline => compileKql(query, { now: NOW, columns: FIELDS });

/** What is wrong with a query and where; null for a valid one. */
export function errorOf(query: string): { readonly message: string; readonly position: number | null } | null {
  try {
    compile(query);
    return null;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { message: error.message, position: error.position };
  }
}

/** The names of the columns that a pipeline ends with. */
export function columnsOf({ steps }: Pipeline): readonly string[] {
  for (const step of steps.toReversed()) {
    if (step.kind === "project") return step.columns.map(({ name }) => name);
    if (step.kind === "summarize") return [...step.by, ...step.aggregates].map(({ name }) => name);
  }
  return [];
}
