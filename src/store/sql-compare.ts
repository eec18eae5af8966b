import { splitTicks } from "../query/ticks.ts";
import { type Fragment, joined, sql } from "./sql-fragment.ts";
import { type Names, once } from "./sql-names.ts";
import { type SqlExpr, sqlOf } from "./sql-value.ts";

type Comparison = "is" | "equals" | "less" | "lessOrEqual";

/** A comparison of two values of one type, so written that an index of the events can be used. */
export function compared(how: Comparison, left: SqlExpr, right: SqlExpr, names: Names): Fragment {
  return (
    timeComparison(how, left, right, names) ?? idComparison(how, left, right, names) ?? plain(how, left, right, names)
  );
}

function plain(how: Comparison, left: SqlExpr, right: SqlExpr, names: Names): Fragment {
  const [a, b] = [sqlOf(left, names), sqlOf(right, names)];
  switch (how) {
    case "is":
      return sql`(${a} IS ${b})`;
    case "less":
      return sql`(${a} < ${b})`;
    case "lessOrEqual":
      return sql`(${a} <= ${b})`;
    case "equals":
      return once(a, names, (x) =>
        once(b, names, (y) => sql`CASE WHEN ${x} IS NULL AND ${y} IS NULL THEN NULL ELSE ${x} IS ${y} END`),
      );
  }
}

/** An event's time against a known one, by the columns that it is stored in; null for anything else. */
function timeComparison(how: Comparison, left: SqlExpr, right: SqlExpr, names: Names): Fragment | null {
  const isMirrored = left.kind === "literal";
  const [time, literal] = isMirrored ? [right, left] : [left, right];
  if (time.kind !== "time" || literal.kind !== "literal" || typeof literal.value !== "bigint") return null;
  const split = splitTicks(literal.value);
  const [ms, sub] = [names.bind(split.ms), names.bind(split.sub)];
  if (how === "is" || how === "equals") return sql`(${time.ms} = ${ms} AND ${time.sub} = ${sub})`;
  const isStrict = how === "less";
  // Most times are whole milliseconds; then the index alone tells.
  if (isMirrored) {
    if (split.sub === 0n && !isStrict) return sql`(${time.ms} >= ${ms})`;
    const above = isStrict ? sql`${time.sub} > ${sub}` : sql`${time.sub} >= ${sub}`;
    return sql`(${time.ms} >= ${ms} AND (${time.ms} > ${ms} OR ${above}))`;
  }
  if (split.sub === 0n && isStrict) return sql`(${time.ms} < ${ms})`;
  if (split.sub === 9_999n && !isStrict) return sql`(${time.ms} <= ${ms})`;
  const below = isStrict ? sql`${time.sub} < ${sub}` : sql`${time.sub} <= ${sub}`;
  return sql`(${time.ms} <= ${ms} AND (${time.ms} < ${ms} OR ${below}))`;
}

/** An event's id against a known text, by the number that it is stored as; null for anything else. */
function idComparison(how: Comparison, left: SqlExpr, right: SqlExpr, names: Names): Fragment | null {
  if (how !== "is" && how !== "equals") return null;
  const [id, literal] = left.kind === "literal" ? [right, left] : [left, right];
  if (id.kind !== "id" || literal.kind !== "literal" || typeof literal.value !== "string") return null;
  return /^[1-9]\d{0,15}$/.test(literal.value) ? sql`(${id.id} = ${names.bind(BigInt(literal.value))})` : sql`0`;
}

/** Whether the first is one of the others; never null. */
export function isOneOf(of: SqlExpr, others: readonly SqlExpr[], names: Names): Fragment {
  if (others.length === 0) return sql`0`;
  if (of.kind === "time" || of.kind === "id") {
    return sql`(${joined(
      others.map((other) => compared("is", of, other, names)),
      " OR ",
    )})`;
  }
  const list = joined(
    others.map((other) => sqlOf(other, names)),
    ", ",
  );
  return sql`(coalesce(${sqlOf(of, names)} IN (${list}), 0))`;
}
