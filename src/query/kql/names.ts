import { AGGREGATES } from "./aggregates.ts";
import type { NamedSyntax, Syntax } from "./ast.ts";

/** Functions whose column has the name of their first argument where it has no name of its own. */
const NAMED_BY_ARGUMENT = new Set(
  `abs bin floor round startofday startofmonth startofweek startofyear todatetime tobool toboolean todouble todynamic
   toint tolong toreal tostring totimespan parse_json`.split(/\s+/),
);

/** What a column is called. */
export interface ColumnName {
  readonly name: string;
  /** Whether the query says it; other names give way where they are taken. */
  readonly isSaid: boolean;
}

/** The name of a column that may have none of its own; null where nothing suggests one. */
export function nameOf({ name, value }: NamedSyntax): ColumnName | null {
  if (name !== null) return { name, isSaid: true };
  const suggested = suggestedName(value);
  return suggested === null ? null : { name: suggested, isSaid: isPlainName(value) };
}

/** A column's name by itself, or what makes a string of it. */
function isPlainName(value: Syntax): boolean {
  if (value.kind === "name") return true;
  const [first] = value.kind === "call" && value.name === "tostring" ? value.args : [];
  return first !== undefined && isPlainName(first);
}

function suggestedName(value: Syntax): string | null {
  switch (value.kind) {
    case "name":
      return value.name;
    case "member": {
      const of = suggestedName(value.of);
      const key = typeof value.key === "number" && value.key < 0 ? "" : value.key;
      return of === null ? null : `${of}_${key}`;
    }
    case "call":
      return nameOfCall(value.name, value.args[0]);
    default:
      return null;
  }
}

function nameOfCall(name: string, first: Syntax | undefined): string | null {
  const argument = first ? suggestedName(first) : null;
  if (NAMED_BY_ARGUMENT.has(name)) return argument;
  if (name === "take_any") return argument ?? "any_arg0";
  if (name === "strlen") return `strlen_${argument ?? ""}`;
  if (name === "count" || name === "countif") return `${name}_`;
  const prefix = Object.hasOwn(AGGREGATES, name) ? AGGREGATES[name]?.prefix : null;
  return prefix ? `${prefix}_${argument ?? ""}` : null;
}
