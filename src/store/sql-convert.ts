import { UNIX_EPOCH_TICKS } from "../query/ticks.ts";
import { type Fragment, sql } from "./sql-fragment.ts";
import { anyText, boolIn, type JsonPlace, jsonAtom, jsonType, textIn } from "./sql-json.ts";
import { type Names, once } from "./sql-names.ts";
import { realText, type SqlExpr, spanText, sqlOf, timeText } from "./sql-value.ts";

/** A text as KQL writes the value; "" for a null. */
export function toText(expr: SqlExpr, names: Names): Fragment {
  if (expr.kind === "json") return anyText(expr.place, names);
  const of = sqlOf(expr, names);
  switch (expr.type) {
    case "bool":
      return sql`CASE ${of} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END`;
    case "real":
      return sql`coalesce(${realText(of, names)}, '')`;
    case "datetime":
      return sql`coalesce(${timeText(of, names)}, '')`;
    case "timespan":
      return sql`coalesce(${spanText(of, names)}, '')`;
    default:
      return sql`coalesce(CAST(${of} AS TEXT), '')`;
  }
}

/** A number that a text writes, of JSON's numbers or with zeros in front; null where it writes something else. */
function numberInText(text: Fragment, type: "long" | "real", names: Names): Fragment {
  const digits = sql`trim(${text})`;
  return once(digits, names, (of) => {
    // JSON has no 05.
    const json = sql`CASE WHEN ${of} GLOB '0[0-9]*' THEN coalesce(nullif(ltrim(${of}, '0'), ''), '0') ELSE ${of} END`;
    return once(json, names, (number) => {
      const kind = sql`CASE WHEN json_valid(${number}, 2) THEN json_type(${number}) END`;
      return type === "long"
        ? sql`CASE WHEN ${kind} = 'integer' THEN CAST(${number} ->> '$' AS INTEGER) END`
        : sql`CASE WHEN ${kind} IN ('integer', 'real') THEN CAST(${number} ->> '$' AS REAL) END`;
    });
  });
}

/** A long or a real. */
export function toNumber(expr: SqlExpr, type: "long" | "real", names: Names): Fragment {
  if (expr.kind === "json") return numberInJson(expr.place, type, names);
  const of = sqlOf(expr, names);
  if (expr.type === "string") return numberInText(of, type, names);
  return type === "long" ? sql`CAST(${of} AS INTEGER)` : sql`CAST(${of} AS REAL)`;
}

function numberInJson(place: JsonPlace, type: "long" | "real", names: Names): Fragment {
  const atom = jsonAtom(place, names);
  const cast = type === "long" ? sql`CAST(${atom} AS INTEGER)` : sql`CAST(${atom} AS REAL)`;
  // A branch: most numbers are no texts, and should not pay for those that are.
  const inText = names.branch(() => numberInText(atom, type, names));
  return sql`CASE ${jsonType(place, names)} WHEN 'integer' THEN ${cast} WHEN 'real' THEN ${cast}
    WHEN 'true' THEN 1 WHEN 'false' THEN 0 WHEN 'text' THEN ${inText} END`;
}

const boolInText = (text: Fragment): Fragment =>
  sql`CASE lower(trim(${text})) WHEN 'true' THEN 1 WHEN 'false' THEN 0 WHEN '1' THEN 1 WHEN '0' THEN 0 END`;

export function toBool(expr: SqlExpr, names: Names): Fragment {
  if (expr.kind !== "json") {
    const of = sqlOf(expr, names);
    return expr.type === "string" ? boolInText(of) : sql`(${of} <> 0)`;
  }
  const atom = jsonAtom(expr.place, names);
  return sql`CASE ${jsonType(expr.place, names)} WHEN 'text' THEN ${boolInText(atom)} WHEN 'integer' THEN ${atom} <> 0
    WHEN 'real' THEN ${atom} <> 0 ELSE ${boolIn(expr.place, names)} END`;
}

/**
 * Ticks of the ISO 8601 time that a text writes; null where it writes something else, or a day that
 * no calendar has.
 */
function timeInText(text: Fragment, names: Names): Fragment {
  return once(text, names, (of) => {
    const hasFraction = sql`substr(${of}, 20, 1) = '.'`;
    // Without its fraction, which SQLite would round to milliseconds.
    const zone = sql`CASE WHEN ${hasFraction} THEN ltrim(substr(${of}, 21), '0123456789') ELSE substr(${of}, 20) END`;
    const seconds = sql`unixepoch(substr(${of}, 1, 19) || ${zone})`;
    const ticks = sql`CASE WHEN ${hasFraction} THEN CAST(CAST('0.' || substr(${of}, 21) AS REAL) * 1e7 + 0.001 AS INTEGER) ELSE 0 END`;
    const isDate = sql`${of} >= '0001' AND ${of} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'`;
    const isDay = sql`date(substr(${of}, 1, 10)) = substr(${of}, 1, 10)`;
    return sql`CASE WHEN ${isDate} AND ${isDay} THEN ${seconds} * 10000000 + ${ticks} + ${names.bind(UNIX_EPOCH_TICKS)} END`;
  });
}

export function toTime(expr: SqlExpr, names: Names): Fragment {
  return timeInText(expr.kind === "json" ? textIn(expr.place, names) : sqlOf(expr, names), names);
}
