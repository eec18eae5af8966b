import type { SchemaOptions, TLiteral, TUnion } from "@sinclair/typebox";
import { t } from "elysia";

/** Any one of some texts. The type says which; that of a union made by `map` says none. */
export function oneOf<const Values extends readonly string[]>(values: Values, options?: SchemaOptions) {
  const union = t.Union(
    values.map((value) => t.Literal(value)),
    options,
  );
  return union as unknown as TUnion<{ -readonly [Index in keyof Values]: TLiteral<Values[Index]> }>;
}
