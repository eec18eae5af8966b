import { casesOf } from "../query/char-class.ts";
import type { Match } from "../query/expr.ts";
import { folded } from "./sql-fold.ts";
import { type Fragment, joined, sql } from "./sql-fragment.ts";
import { type Names, once } from "./sql-names.ts";

/** No result of putting texts together is longer, in code points: else a few operators could fill the memory. */
const MAX_TEXT = 1_048_576n;

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

export interface TextMatch {
  readonly match: Match;
  readonly ignoreCase: boolean;
}

/** Whether a text matches one that is known: the cheapest way that there is. */
export function matchesLiteral(
  text: Fragment,
  pattern: string,
  { match, ignoreCase }: TextMatch,
  names: Names,
): Fragment {
  if (pattern === "") return match === "equals" ? sql`(${text} = '')` : sql`(length(${text}) >= 0)`;
  if (ignoreCase && !isAscii(pattern)) return globMatch(text, pattern, match, names);
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  const of = ignoreCase ? sql`lower(${text})` : text;
  const place = names.bind(wanted);
  const length = BigInt([...wanted].length);
  switch (match) {
    case "equals":
      return sql`(${of} = ${place})`;
    case "contains":
      return sql`(instr(${of}, ${place}) > 0)`;
    case "startsWith":
      return sql`(substr(${of}, 1, ${names.bind(length)}) = ${place})`;
    case "endsWith":
      return sql`(substr(${of}, ${names.bind(-length)}) = ${place})`;
    default:
      return once(of, names, (one) => termMatch(one, wanted, match, names));
  }
}

/**
 * Whether a text holds a term. Most texts do not even hold its letters. In nearly all others the first
 * place where they stand tells; only where they are in the middle of a longer word there, and stand
 * further on again, the whole text is looked at by GLOB, which takes twenty times as long.
 */
function termMatch(text: Fragment, wanted: string, match: Match, names: Names): Fragment {
  const letters = [...wanted];
  const begins = match !== "termSuffix" && isTermLetter(letters[0] ?? "");
  const ends = match !== "termPrefix" && isTermLetter(letters.at(-1) ?? "");
  const [place, length] = [names.bind(wanted), names.bind(BigInt(letters.length))];
  const term = names.bind(TERM);
  const glob = names.bind(termGlob(wanted, match, escapeGlob));
  const found = sql`instr(${text}, ${place})`;
  const isTerm = names.branch(() =>
    once(found, names, (at) => {
      const before = begins ? sql`(${at} = 1 OR NOT substr(${text}, ${at} - 1, 1) GLOB ${term})` : sql`1`;
      const after = ends ? sql`NOT substr(${text}, ${at} + ${length}, 1) GLOB ${term}` : sql`1`;
      return sql`CASE WHEN ${before} AND ${after} THEN 1
        WHEN instr(substr(${text}, ${at} + 1), ${place}) = 0 THEN 0 ELSE char(1) || ${text} || char(1) GLOB ${glob} END`;
    }),
  );
  return sql`CASE WHEN ${found} = 0 THEN 0 WHEN ${text} IS NOT NULL THEN ${isTerm} END`;
}

/** Without regard to the case of letters that SQLite does not fold: each stands for itself and its other case. */
function globMatch(text: Fragment, pattern: string, match: Match, names: Names): Fragment {
  const either = (letter: string): string => {
    const cases = casesOf(letter);
    return cases.length > 1 ? `[${cases.join("")}]` : escapeGlob(letter);
  };
  const letters = [...pattern].map(either).join("");
  const bind = (glob: string): Fragment => names.bind(glob);
  switch (match) {
    case "equals":
      return sql`(${text} GLOB ${bind(letters)})`;
    case "contains":
      return sql`(${text} GLOB ${bind(`*${letters}*`)})`;
    case "startsWith":
      return sql`(${text} GLOB ${bind(`${letters}*`)})`;
    case "endsWith":
      return sql`(${text} GLOB ${bind(`*${letters}`)})`;
    default:
      return sql`(char(1) || ${text} || char(1) GLOB ${bind(termGlob(pattern, match, either))})`;
  }
}

/** Letters and digits as GLOB writes them; roughly Unicode's, in ranges. */
const TERM = "[0-9A-Za-zªµºÀ-ÖØ-öø-\u1fff\u2c00-\u2dff\u3005-\ud7ff\uf900-\uffef]";
const NO_TERM = TERM.replace("[", "[^");

const isTermLetter = (letter: string): boolean => /[\p{L}\p{N}]/u.test(letter);

/** A pattern for a text with something at each end that no text has, and that is no letter. */
function termGlob(pattern: string, match: Match, write: (letter: string) => string): string {
  const letters = [...pattern];
  const begins = match !== "termSuffix" && isTermLetter(letters[0] ?? "");
  const ends = match !== "termPrefix" && isTermLetter(letters.at(-1) ?? "");
  return `*${begins ? NO_TERM : ""}${letters.map(write).join("")}${ends ? NO_TERM : ""}*`;
}

const escapeGlob = (text: string): string => text.replace(/[*?[]/g, "[$&]");

/** Whether a text matches another one of the same row. */
export function matches(text: Fragment, pattern: Fragment, { match, ignoreCase }: TextMatch, names: Names): Fragment {
  const of = ignoreCase ? folded(text, "lower", names) : text;
  const wanted = ignoreCase ? folded(pattern, "lower", names) : pattern;
  switch (match) {
    case "equals":
      return sql`(${of} = ${wanted})`;
    case "contains":
      return sql`(instr(${of}, ${wanted}) > 0)`;
    case "startsWith":
      return once(wanted, names, (one) => sql`(substr(${of}, 1, length(${one})) = ${one})`);
    case "endsWith":
      return once(
        wanted,
        names,
        (one) => sql`CASE WHEN ${one} = '' THEN length(${of}) >= 0 ELSE substr(${of}, -length(${one})) = ${one} END`,
      );
    default:
      return once(wanted, names, (one) => {
        const letters = sql`replace(replace(replace(${one}, '[', '[[]'), '*', '[*]'), '?', '[?]')`;
        const noTerm = names.bind(NO_TERM);
        const isTerm = names.bind(TERM);
        const begin =
          match === "termSuffix"
            ? sql`''`
            : sql`CASE WHEN substr(${one}, 1, 1) GLOB ${isTerm} THEN ${noTerm} ELSE '' END`;
        const end =
          match === "termPrefix"
            ? sql`''`
            : sql`CASE WHEN substr(${one}, -1) GLOB ${isTerm} THEN ${noTerm} ELSE '' END`;
        return sql`CASE WHEN ${one} = '' THEN length(${of}) >= 0
          ELSE char(1) || ${of} || char(1) GLOB '*' || ${begin} || ${letters} || ${end} || '*' END`;
      });
  }
}

export const concatenated = (texts: readonly Fragment[], names: Names): Fragment =>
  sql`substr(${joined(texts, " || ")}, 1, ${names.bind(MAX_TEXT)})`;

/** Null where the result could be longer than texts may become. */
export const replaced = (text: Fragment, what: Fragment, by: Fragment, names: Names): Fragment =>
  once(text, names, (of) =>
    once(
      by,
      names,
      (put) => sql`CASE WHEN length(${of}) * (length(${put}) + 1) <= ${names.bind(16n * MAX_TEXT)}
      THEN substr(replace(${of}, ${what}, ${put}), 1, ${names.bind(MAX_TEXT)}) END`,
    ),
  );

/** The white space of OData and its like. */
const BLANKS =
  " \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

export const trimmed = (text: Fragment, names: Names): Fragment => sql`trim(${text}, ${names.bind(BLANKS)})`;

/** From a position, counted from 0, and perhaps no longer than so many code points. */
export function substring(text: Fragment, start: Fragment, length: Fragment | null): Fragment {
  return length
    ? sql`substr(${text}, max(${start}, 0) + 1, max(${length}, 0))`
    : sql`substr(${text}, max(${start}, 0) + 1)`;
}

/** The same, but a position below 0 counts from the end. */
export const slice = (text: Fragment, start: Fragment, length: Fragment | null, names: Names): Fragment =>
  once(text, names, (of) =>
    once(start, names, (at) => {
      const from = sql`CASE WHEN ${at} < 0 THEN max(length(${of}) + ${at}, 0) ELSE ${at} END`;
      return length ? sql`substr(${of}, ${from} + 1, max(${length}, 0))` : sql`substr(${of}, ${from} + 1)`;
    }),
  );
