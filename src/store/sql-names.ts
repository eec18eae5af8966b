import type { SqlValue } from "./read-pool.ts";
import { type Fragment, joined, name, placeholder, sql } from "./sql-fragment.ts";

/** Hands out placeholders and names; one for each statement. */
export interface Names {
  readonly args: readonly SqlValue[];
  bind(value: SqlValue): Fragment;
  /** A name that nothing else in the statement has. */
  fresh(): Fragment;
  /**
   * One whole expression of a SELECT, within which values can get names of their own. Those are computed
   * first, whether or not the expression comes to use them.
   */
  expression(make: () => Fragment): Fragment;
  /** A name for a value of the current expression. */
  give(value: Fragment): Fragment;
}

/** A value with a name. */
interface Given {
  readonly name: Fragment;
  readonly value: Fragment;
  /** One more than that of the values that it is made of. */
  readonly level: number;
}

export function createNames(): Names {
  const args: SqlValue[] = [];
  const places = new Map<SqlValue, Fragment>();
  /** Of each expression that is being made, the values that have got a name. */
  const givens: Given[][] = [];
  let names = 0;
  const fresh = (): Fragment => {
    names += 1;
    return name(`v${names}`);
  };
  return {
    args,
    fresh,
    bind(value) {
      const known = places.get(value);
      if (known) return known;
      const place = placeholder(args.push(value));
      places.set(value, place);
      return place;
    },
    expression(make) {
      givens.push([]);
      const made = make();
      return withGivens(made, givens.pop() ?? [], fresh);
    },
    give(value) {
      const current = givens.at(-1);
      if (!current) throw new RangeError("A value got a name outside of any expression");
      const known = current.find((given) => given.value.text === value.text);
      if (known) return known.name;
      const read = new Set(value.text.match(/\bv\d+\b/g));
      const level =
        Math.max(0, ...current.filter((given) => read.has(given.name.text)).map((given) => given.level)) + 1;
      const given = { name: fresh(), value, level };
      current.push(given);
      return given.name;
    },
  };
}

/**
 * An expression behind the values that it is made of, one level after the other: nested in one
 * another they would be too deep for SQLite's parser. The offset keeps SQLite from writing a value
 * out wherever its name stands, and so from computing it as often.
 */
function withGivens(expression: Fragment, givens: readonly Given[], fresh: () => Fragment): Fragment {
  if (givens.length === 0) return expression;
  const levels = Map.groupBy(givens, ({ level }) => level);
  const tables: Fragment[] = [];
  let from: Fragment | null = null;
  for (const [, values] of [...levels].sort(([a], [b]) => a - b)) {
    const table = fresh();
    const columns = joined(
      values.map((given) => sql`${given.value} AS ${given.name}`),
      ", ",
    );
    tables.push(
      from
        ? sql`${table} AS (SELECT *, ${columns} FROM ${from} LIMIT 1 OFFSET 0)`
        : sql`${table} AS (SELECT ${columns})`,
    );
    from = table;
  }
  return from ? sql`(WITH ${joined(tables, ", ")} SELECT ${expression} FROM ${from})` : expression;
}

/** Expressions up to this length are cheaper to write twice than to name. */
const SHORT = 60;

/** `body` with a value that may stand in it several times, and is computed once. */
export function once(value: Fragment, names: Names, body: (value: Fragment) => Fragment): Fragment {
  return body(value.text.length <= SHORT && !value.text.includes("(") ? value : names.give(value));
}

/** Beyond this depth a value gets a name, so that what is made of it begins anew. */
const MAX_DEPTH = 40;

/** The value, or its name where it is deep. */
export const shallow = (value: Fragment, names: Names): Fragment =>
  value.depth > MAX_DEPTH ? names.give(value) : value;
