import { column } from "../build.ts";
import type { Named, Step, ValueType } from "../expr.ts";
import { QueryError } from "../query-error.ts";

/** Rows on their way through a pipeline. */
export interface Rows {
  readonly steps: readonly Step[];
  readonly columns: ReadonlyMap<string, ValueType>;
}

/** The same rows with these columns, in this order, and no others. */
export function withColumns(steps: readonly Step[], columns: readonly Named[]): Rows {
  const types = new Map(columns.map(({ name, value }) => [name, value.type]));
  return { steps: [...steps, { kind: "project", columns }], columns: types };
}

/** A column as it is, by its name. */
export const same =
  ({ columns }: Rows) =>
  (name: string): Named => ({ name, value: column(name, columns.get(name) ?? "dynamic") });

/** @throws QueryError for a dynamic, which has no order and is equal to nothing. */
export function refuseDynamic(type: ValueType, what: string, position: number): void {
  if (type !== "dynamic") return;
  throw new QueryError(`${what} takes no dynamic; convert it, for example by tostring()`, position);
}
