import type { Named } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import type { ColumnPattern, NamedSyntax } from "./ast.ts";
import { bindExpression, type Scope } from "./bind-expression.ts";
import { nameOf } from "./names.ts";
import { type Rows, same } from "./rows.ts";

/** Names that are taken, and whether the query says them. */
export type TakenNames = Map<string, boolean>;

export const takenBy = ({ columns }: Rows): TakenNames => new Map([...columns.keys()].map((name) => [name, true]));

/**
 * Columns with their names. A name that is not said gives way to one that is taken.
 *
 * @param taken gets the new names, too; with `replaces`, those that are there may be said again.
 */
export function nameColumns(list: readonly NamedSyntax[], taken: TakenNames, scope: Scope, replaces = false): Named[] {
  const said = new Set<string>();
  let anonymous = 0;
  return list.map((item) => {
    const value = bindExpression(item.value, scope);
    const found = nameOf(item);
    if (found?.isSaid && (said.has(found.name) || (!replaces && taken.get(found.name) === true))) {
      throw new QueryError(`There is a column ${found.name} already`, item.value.position);
    }
    if (!found) {
      do anonymous += 1;
      while (scope.columns.has(`Column${anonymous}`));
    }
    const wanted = found?.name ?? `Column${anonymous}`;
    const name = replaces ? wanted : freeName(wanted, taken);
    taken.set(name, found?.isSaid === true);
    if (found?.isSaid) said.add(found.name);
    return { name, value };
  });
}

/** The name, or the first of name1, name2, … that nothing has. */
function freeName(name: string, taken: TakenNames): string {
  if (!taken.has(name)) return name;
  let number = 1;
  while (taken.has(`${name}${number}`)) number += 1;
  return `${name}${number}`;
}

/** The columns that were there, some of them with new values, and then the new ones. */
export function extended(rows: Rows, added: readonly Named[]): Named[] {
  const values = new Map([...rows.columns.keys()].map((name) => [name, same(rows)(name).value]));
  for (const { name, value } of added) values.set(name, value);
  return [...values].map(([name, value]) => ({ name, value }));
}

/** The columns that were there, some of them by new names. */
export function renamed(list: readonly NamedSyntax[], rows: Rows): Named[] {
  const names = new Map<string, string>();
  for (const { name, value } of list) {
    if (name === null || value.kind !== "name") {
      throw new QueryError("project-rename takes NewName = OldName", value.position);
    }
    if (!rows.columns.has(value.name)) throw new QueryError(`There is no column ${value.name}`, value.position);
    if (rows.columns.has(name) || [...names.values()].includes(name)) {
      throw new QueryError(`There is a column ${name} already`, value.position);
    }
    names.set(value.name, name);
  }
  return [...rows.columns.keys()].map((name) => ({ ...same(rows)(name), name: names.get(name) ?? name }));
}

/** The names that a pattern means. @throws QueryError where it means none. */
export function matching({ name, isPrefix, position }: ColumnPattern, { columns }: Rows): readonly string[] {
  const found = [...columns.keys()].filter((one) => (isPrefix ? one.startsWith(name) : one === name));
  if (found.length === 0) throw new QueryError(`There is no column ${name}${isPrefix ? "*" : ""}`, position);
  return found;
}
