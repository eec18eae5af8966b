import type { Literal } from "../expr.ts";

/** KQL as it is written, before anything is known of names and types. */
export type Syntax = { readonly position: number } & (
  | { readonly kind: "literal"; readonly literal: Literal }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "member"; readonly of: Syntax; readonly key: string | number }
  | { readonly kind: "negative"; readonly operand: Syntax }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Syntax; readonly right: Syntax }
  | { readonly kind: "list"; readonly operator: string; readonly operand: Syntax; readonly items: readonly Syntax[] }
  | {
      readonly kind: "between";
      readonly negated: boolean;
      readonly operand: Syntax;
      readonly low: Syntax;
      readonly high: Syntax;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Syntax[] }
);

/** `name = value`, or a value alone. */
export interface NamedSyntax {
  readonly name: string | null;
  readonly value: Syntax;
}

/** A column's name, or the beginning of some when a `*` follows. */
export interface ColumnPattern {
  readonly name: string;
  readonly isPrefix: boolean;
  readonly position: number;
}

export interface SortSyntax {
  readonly value: Syntax;
  readonly descending: boolean;
  /** Null: where they are not said to be, with the least values. */
  readonly nullsFirst: boolean | null;
}

export type OperatorSyntax = { readonly position: number } & (
  | { readonly kind: "where"; readonly condition: Syntax }
  | { readonly kind: "take" | "sample"; readonly count: Syntax }
  | { readonly kind: "sort"; readonly keys: readonly SortSyntax[] }
  | { readonly kind: "top"; readonly count: Syntax; readonly key: SortSyntax }
  | { readonly kind: "project" | "extend" | "rename"; readonly columns: readonly NamedSyntax[] }
  | { readonly kind: "away" | "keep" | "reorder"; readonly patterns: readonly ColumnPattern[] }
  /** Null: of all columns. */
  | { readonly kind: "distinct"; readonly columns: readonly NamedSyntax[] | null }
  | { readonly kind: "count" }
  | { readonly kind: "summarize"; readonly aggregates: readonly NamedSyntax[]; readonly by: readonly NamedSyntax[] }
);

/** Rows from a table, or from what a `let` named, and what is done to them. */
export interface TabularSyntax {
  readonly source: string;
  readonly position: number;
  readonly operators: readonly OperatorSyntax[];
}

export type LetSyntax = { readonly name: string; readonly position: number } & (
  | { readonly kind: "scalar"; readonly value: Syntax }
  | { readonly kind: "tabular"; readonly rows: TabularSyntax }
);

export interface QuerySyntax {
  readonly lets: readonly LetSyntax[];
  readonly rows: TabularSyntax;
}
