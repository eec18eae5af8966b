import type { CharClass } from "../query/char-class.ts";
import type { RegexProgram } from "../query/regex.ts";
import { type Fragment, sql } from "./sql-fragment.ts";
import { type Names, once } from "./sql-names.ts";

/**
 * What the wanted group of a regular expression matched, "" where it did not.
 *
 * SQLite has no such function. A recursive query walks through the text instead, one character with
 * each step: what stands first in the order (furthest on, then the way that is tried first) is gone
 * on with, so the first row at the end is the match that there should be. Rows that are there already
 * do not come again, so the work is bounded by the length of the text times the size of the expression.
 */
export function extracted(text: Fragment, program: RegexProgram, names: Names): Fragment {
  const transitions = names.bind(transitionsAsJson(program));
  const [ways, run] = [names.fresh(), names.fresh()];
  const accept = names.bind(BigInt(program.accept));
  return once(
    sql`coalesce(${text}, '')`,
    names,
    (of) => sql`coalesce((WITH RECURSIVE
    ${ways} (state, rank, next, letters, at_start, at_end, begins, ends) AS MATERIALIZED (
      SELECT value ->> 0, key, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
      FROM json_each(${transitions})),
    ${run} (at, rank, state, first, last) AS (
      SELECT 1, 0, 0, NULL, NULL
      UNION
      SELECT at + 1, way.rank, way.next, CASE WHEN begins THEN at ELSE first END, CASE WHEN ends THEN at ELSE last END
      FROM ${run} AS run CROSS JOIN ${ways} AS way ON way.state = run.state
      WHERE (letters IS NULL OR substr(${of}, at, 1) GLOB letters)
        AND (NOT at_start OR at = 1) AND (NOT at_end OR at = length(${of}) + 1)
      ORDER BY 1 DESC, 2)
    SELECT substr(${of}, first, last - first) FROM ${run} WHERE state = ${accept} LIMIT 1), '')`,
  );
}

/** Rows of: state, next state, characters as a GLOB pattern, and the four marks as 0 or 1. */
function transitionsAsJson({ transitions }: RegexProgram): string {
  return JSON.stringify(
    transitions.map(({ from, to, class: letters, ...marks }) => [
      from,
      to,
      letters && globOf(letters),
      Number(marks.atStart),
      Number(marks.atEnd),
      Number(marks.begins),
      Number(marks.ends),
    ]),
  );
}

/** Characters that mean something between brackets, in the order in which they mean nothing. */
const SPECIAL = ["]", "-", "^"].map((character) => character.codePointAt(0) ?? 0);

/** A class as a GLOB pattern of one character. */
function globOf(letters: CharClass): string {
  const specials = SPECIAL.filter((code) => letters.some(([first, last]) => first <= code && code <= last));
  const ranges = letters.flatMap(([first, last]) => withoutSpecialEnds(first, last));
  const written = ranges.map(([first, last]) => {
    const [from, to] = [String.fromCodePoint(first), String.fromCodePoint(last)];
    return first === last ? from : `${from}-${to}`;
  });
  const [bracket, dash, caret] = SPECIAL.map((code) => (specials.includes(code) ? String.fromCodePoint(code) : ""));
  const inside = `${bracket}${written.join("")}${caret}${dash}`;
  // Between brackets a caret alone would negate what follows.
  return inside === "^" || inside === "^-" ? (inside === "^" ? "^" : "[-^]") : `[${inside}]`;
}

/** A range whose ends mean nothing of their own; special characters at its ends are left to be written apart. */
function withoutSpecialEnds(first: number, last: number): readonly (readonly [number, number])[] {
  let [from, to] = [first, last];
  while (from <= to && SPECIAL.includes(from)) from += 1;
  while (to >= from && SPECIAL.includes(to)) to -= 1;
  if (from > to) return [];
  // Half characters cannot be written: the range steps over them.
  if (from < 0xd800 && to > 0xdfff) return [[from, to]];
  const [start, end] = [from >= 0xd800 && from <= 0xdfff ? 0xe000 : from, to >= 0xd800 && to <= 0xdfff ? 0xd7ff : to];
  return start > end ? [] : [[start, end]];
}
