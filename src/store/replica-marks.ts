import type { Client } from "@libsql/client";
import { SELECT_CONFIG_VERSION } from "./config-version.ts";
import type { SqlValue } from "./read-pool.ts";

/** What a server has, by numbers that grow. They fall only where what was newest has been removed for good. */
export interface Marks {
  /** The largest event id. */
  readonly event: number;
  /** The largest id of the audit list, in which every deletion is. */
  readonly audit: number;
  /** The version of sites, keys and deletions under way. */
  readonly version: number;
}

const EXPRESSIONS = {
  event: "coalesce((SELECT max(id) FROM events), 0)",
  audit: "coalesce((SELECT max(id) FROM audit), 0)",
  version: `coalesce((${SELECT_CONFIG_VERSION}), 0) + 0`,
} as const satisfies Record<keyof Marks, string>;

const NAMES = Object.keys(EXPRESSIONS) as (keyof Marks)[];

/** SQL of the columns that {@link toMarks} takes. */
export const MARKS = NAMES.map((name) => `${EXPRESSIONS[name]} AS ${name}_mark`).join(", ");

export function toMarks(row: Readonly<Record<string, unknown>> | undefined): Marks {
  const mark = (name: keyof Marks) => Number(row?.[`${name}_mark`] ?? 0);
  return { event: mark("event"), audit: mark("audit"), version: mark("version") };
}

/** What both have. */
export const commonMarks = (one: Marks, other: Marks): Marks => ({
  event: Math.min(one.event, other.event),
  audit: Math.min(one.audit, other.audit),
  version: Math.min(one.version, other.version),
});

export async function readMarks(client: Client): Promise<Marks> {
  return toMarks((await client.execute(`SELECT ${MARKS}`)).rows[0]);
}

/** What a replica must have for its answer to count. */
export interface Required extends Marks {
  /** Exactly these events. */
  readonly stored: readonly number[];
}

/**
 * The same read, whose answer only counts where the replica has what is required: a row of 1 and the
 * cell, else of 0 and null, and then the statement has not been run.
 */
export function guarded(
  sql: string,
  args: readonly SqlValue[],
  required: Required,
): { sql: string; args: readonly SqlValue[] } {
  const bound = [...args];
  const bind = (value: SqlValue): string => `?${bound.push(value)}`;
  const conditions = NAMES.map((name) => `${EXPRESSIONS[name]} >= ${bind(required[name])}`);
  const { stored } = required;
  if (stored.length > 0) {
    const found = `SELECT count(*) FROM events WHERE id IN (SELECT value FROM json_each(${bind(JSON.stringify(stored))}))`;
    conditions.push(`(${found}) = ${bind(stored.length)}`);
  }
  return {
    sql: `SELECT has, CASE WHEN has THEN (${sql}) END FROM (SELECT ${conditions.join(" AND ")} AS has)`,
    args: bound,
  };
}
