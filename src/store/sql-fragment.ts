import { QueryError } from "../query/query-error.ts";
import type { SqlValue } from "./read-pool.ts";

/**
 * A piece of SQL that was made from an expression.
 *
 * There are two ways to make one: the tag {@link sql}, which takes nothing but other pieces into its
 * text, and `bind`, which makes a placeholder of a value. So no value can become SQL text.
 */
export interface Fragment {
  readonly text: string;
}

/** In UTF-16 units. Columns that stand for long expressions could otherwise make much of little. */
const MAX_LENGTH = 200_000;

function fragment(text: string): Fragment {
  if (text.length > MAX_LENGTH) throw new QueryError("The query is too complex", null);
  return { text };
}

/** `` sql`lower(${text})` `` */
export function sql(strings: TemplateStringsArray, ...holes: readonly Fragment[]): Fragment {
  let text = strings[0] ?? "";
  for (const [at, hole] of holes.entries()) text += hole.text + (strings[at + 1] ?? "");
  return fragment(text);
}

type Separator = ", " | " || " | " " | " AND " | " OR " | " UNION ALL ";

export const joined = (items: readonly Fragment[], separator: Separator): Fragment =>
  fragment(items.map((item) => item.text).join(separator));

/** How many operands of AND or OR stand in one row: SQLite's tree of them is as deep as the row is long. */
const ROW = 40;

/** `(a AND b AND …)`, in rows of rows where there are many: neither SQLite's parser nor its tree get deep. */
export function chain(items: readonly Fragment[], operator: "AND" | "OR"): Fragment {
  if (items.length <= ROW) return sql`(${joined(items, operator === "AND" ? " AND " : " OR ")})`;
  const rows = Array.from({ length: Math.ceil(items.length / ROW) }, (_, row) =>
    chain(items.slice(row * ROW, (row + 1) * ROW), operator),
  );
  return chain(rows, operator);
}

/** Hands out placeholders and names; one for each statement. */
export interface Names {
  readonly args: readonly SqlValue[];
  bind(value: SqlValue): Fragment;
  /** A name that nothing else in the statement has. */
  fresh(): Fragment;
}

export function createNames(): Names {
  const args: SqlValue[] = [];
  const places = new Map<SqlValue, Fragment>();
  let names = 0;
  return {
    args,
    bind(value) {
      const known = places.get(value);
      if (known) return known;
      const place = { text: `?${args.push(value)}` };
      places.set(value, place);
      return place;
    },
    fresh() {
      names += 1;
      return { text: `v${names}` };
    },
  };
}

/** Expressions up to this length are cheaper to write twice than to name. */
const SHORT = 60;

/** `body` with a value that may stand in it several times, and is computed once. */
export function once(value: Fragment, names: Names, body: (value: Fragment) => Fragment): Fragment {
  if (value.text.length <= SHORT && !value.text.includes("(")) return body(value);
  const name = names.fresh();
  return sql`(SELECT ${body(name)} FROM (SELECT ${value} AS ${name}))`;
}
