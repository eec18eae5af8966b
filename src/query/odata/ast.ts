/** An OData expression as it is written, before anything is known of properties and types. */
export type Syntax = { readonly position: number } & (
  | { readonly kind: "string"; readonly text: string }
  /** A number, a date, a path, a string without quotes: what it is depends on what it meets. */
  | { readonly kind: "word"; readonly text: string }
  /** `duration'P1D'` */
  | { readonly kind: "typed"; readonly type: string; readonly text: string }
  | { readonly kind: "not" | "negative"; readonly operand: Syntax }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Syntax; readonly right: Syntax }
  | { readonly kind: "in"; readonly operand: Syntax; readonly items: readonly Syntax[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Syntax[] }
  /** `path/any(variable:condition)` */
  | {
      readonly kind: "lambda";
      readonly quantifier: "any" | "all";
      readonly path: string;
      readonly variable: string;
      /** Null: whether there is any item. */
      readonly condition: Syntax | null;
    }
);

export interface OrderSyntax {
  readonly value: Syntax;
  readonly descending: boolean;
}
