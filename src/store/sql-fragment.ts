import { QueryError } from "../query/query-error.ts";

/**
 * A piece of SQL that was made from an expression.
 *
 * There are two ways to make one: the tag {@link sql}, which takes nothing but other pieces into its
 * text, and `bind`, which makes a placeholder of a value. So no value can become SQL text.
 */
export interface Fragment {
  readonly text: string;
  /** About how many symbols SQLite's parser keeps at once while it reads the piece. */
  readonly depth: number;
}

/** In UTF-16 units. Columns that stand for long expressions could otherwise make much of little. */
const MAX_LENGTH = 200_000;

function fragment(text: string, depth: number): Fragment {
  if (text.length > MAX_LENGTH) throw new QueryError("The query is too complex", null);
  return { text, depth };
}

/** Symbols that wait in front of a hole: those of each parenthesis and CASE that is open, and its neighbours. */
const PER_LEVEL = 4;
const NEIGHBOURS = 3;

const OPENS_OR_CLOSES = /[()]|\bCASE\b|\bEND\b/g;
const costs = new WeakMap<TemplateStringsArray, readonly number[]>();

/** For each hole of a template, what stands around it. */
function costsOf(strings: TemplateStringsArray): readonly number[] {
  const known = costs.get(strings);
  if (known) return known;
  let open = 0;
  const found = strings.map((text) => {
    for (const [token] of text.matchAll(OPENS_OR_CLOSES)) open += token === "(" || token === "CASE" ? 1 : -1;
    return PER_LEVEL * open + NEIGHBOURS;
  });
  costs.set(strings, found);
  return found;
}

/** `` sql`lower(${text})` `` */
export function sql(strings: TemplateStringsArray, ...holes: readonly Fragment[]): Fragment {
  const cost = costsOf(strings);
  let text = strings[0] ?? "";
  let depth = 1;
  for (const [at, hole] of holes.entries()) {
    text += hole.text + (strings[at + 1] ?? "");
    depth = Math.max(depth, hole.depth + (cost[at] ?? 0));
  }
  return fragment(text, depth);
}

type Separator = ", " | " || " | " " | " AND " | " OR " | " UNION ALL ";

export const joined = (items: readonly Fragment[], separator: Separator): Fragment =>
  fragment(
    items.map((item) => item.text).join(separator),
    NEIGHBOURS + Math.max(0, ...items.map((item) => item.depth)),
  );

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

export const name = (text: `v${number}`): Fragment => ({ text, depth: 1 });
export const placeholder = (number: number): Fragment => ({ text: `?${number}`, depth: 1 });
