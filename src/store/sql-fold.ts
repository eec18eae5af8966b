import { type Fragment, sql } from "./sql-fragment.ts";
import { type Names, once } from "./sql-names.ts";

/** Texts longer than this are folded in ASCII only. */
const MAX_FOLDED = 4_096n;

/** Where Unicode has letters of two cases; elsewhere they are rare, and looking for them takes time. */
const CASED = [
  [0x41, 0x2d2f],
  [0xa640, 0xa7ff],
  [0xff21, 0xff3a],
  [0x10400, 0x10427],
] as const;

/** Every letter that has one other case, and in the same order that other case. */
function letterPairs(): { readonly upper: string; readonly lower: string } {
  let upper = "";
  let lower = "";
  for (const [first, last] of CASED) {
    for (let code = first; code <= last; code++) {
      const letter = String.fromCodePoint(code);
      const other = letter.toLowerCase();
      if (other === letter || [...other].length !== 1 || other.toUpperCase() !== letter) continue;
      upper += letter;
      lower += other;
    }
  }
  return { upper, lower };
}

let pairs: ReturnType<typeof letterPairs> | undefined;

/** A text in another case. SQLite folds ASCII only: texts that hold more are taken letter by letter. */
export function folded(text: Fragment, to: "lower" | "upper", names: Names): Fragment {
  pairs ??= letterPairs();
  const [from, into] = to === "lower" ? [pairs.upper, pairs.lower] : [pairs.lower, pairs.upper];
  const [source, target] = [names.bind(from), names.bind(into)];
  return once(text, names, (of) => {
    const ascii = to === "lower" ? sql`lower(${of})` : sql`upper(${of})`;
    return sql`CASE WHEN ${of} GLOB '*[^ -~]*' AND length(${of}) <= ${names.bind(MAX_FOLDED)}
      THEN (SELECT group_concat(CASE instr(${source}, letter) WHEN 0 THEN letter
        ELSE substr(${target}, instr(${source}, letter), 1) END, '')
        FROM (SELECT substr(${of}, value, 1) AS letter FROM generate_series(1, length(${of}))))
      ELSE ${ascii} END`;
  });
}
