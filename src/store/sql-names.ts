import { QueryError } from "../query/query-error.ts";
import type { SqlValue } from "./read-pool.ts";
import { type Fragment, joined, name, placeholder, sql } from "./sql-fragment.ts";

/** Nodes of expressions that a statement may be written from. */
const MAX_NODES = 20_000;

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
  /**
   * An expression within one, whose named values are computed only where it is. Where it would get too
   * deep, they become values of the expression around it.
   */
  branch(make: () => Fragment): Fragment;
  /** A name for a value of the current expression. */
  give(value: Fragment): Fragment;
  /** One more node is written out. @throws QueryError where a small query has become too many. */
  spend(): void;
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
  let nodes = 0;

  function fresh(): Fragment {
    names += 1;
    return name(`v${names}`);
  }

  /** What `make` makes, and the values that got a name on the way. */
  function within(make: () => Fragment): { made: Fragment; own: readonly Given[] } {
    const own: Given[] = [];
    givens.push(own);
    try {
      return { made: make(), own };
    } finally {
      givens.pop();
    }
  }

  return {
    args,
    fresh,
    bind(value) {
      // On the way to a libSQL server there are none such.
      if (typeof value === "number" && !Number.isFinite(value)) return literalOf(value);
      const known = places.get(value);
      if (known) return known;
      const place = placeholder(args.push(value));
      places.set(value, place);
      return place;
    },
    expression(make) {
      const { made, own } = within(make);
      return withGivens(made, own, fresh);
    },
    branch(make) {
      const { made, own } = within(make);
      const whole = withGivens(made, own, fresh);
      const outer = givens.at(-1);
      if (whole.depth <= MAX_DEPTH || !outer) return whole;
      for (const { name, value } of own) outer.push({ name, value, level: levelOf(value, outer) });
      return made;
    },
    spend() {
      nodes += 1;
      if (nodes > MAX_NODES) throw new QueryError("The query is too complex", null);
    },
    give(value) {
      const current = givens.at(-1);
      if (!current) throw new RangeError("A value got a name outside of any expression");
      const known = current.find((given) => given.value.text === value.text);
      if (known) return known.name;
      const given = { name: fresh(), value, level: levelOf(value, current) };
      current.push(given);
      return given.name;
    },
  };
}

/** A number that is too large, or none, as SQLite has it. */
function literalOf(value: number): Fragment {
  if (Number.isNaN(value)) return sql`NULL`;
  return value > 0 ? sql`9e999` : sql`(-9e999)`;
}

function levelOf(value: Fragment, others: readonly Given[]): number {
  const read = new Set(value.text.match(/\bv\d+\b/g));
  return 1 + Math.max(0, ...others.filter(({ name }) => read.has(name.text)).map(({ level }) => level));
}

/**
 * An expression behind the values that it is made of, one level after the other: nested in one
 * another they would be too deep for SQLite's parser. The offset keeps SQLite from writing a value
 * out wherever its name stands, and so from computing it as often.
 */
function withGivens(expression: Fragment, givens: readonly Given[], fresh: () => Fragment): Fragment {
  const levels = [...Map.groupBy(givens, ({ level }) => level)].sort(([a], [b]) => a - b);
  const tables: Fragment[] = [];
  let from: Fragment | null = null;
  for (const [, values] of levels) {
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
const MAX_DEPTH = 24;

/** The value, or its name where it is deep. */
export const shallow = (value: Fragment, names: Names): Fragment =>
  value.depth > MAX_DEPTH ? names.give(value) : value;
