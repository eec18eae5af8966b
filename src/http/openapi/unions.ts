import type { JsonSchema } from "./json-schema.ts";

/**
 * Elysia's types that also accept text (`t.Integer()` is one) are unions with a string of such a
 * format. In JSON and in a query the text is not what a client should think of.
 */
const COERCING_FORMATS: ReadonlySet<unknown> = new Set([
  "integer",
  "numeric",
  "boolean",
  "ArrayString",
  "ObjectString",
]);

const isCoercion = ({ type, format }: JsonSchema): boolean => type === "string" && COERCING_FORMATS.has(format);

/**
 * Writes a union the way people do: literals as `enum`, "or null" as a second `type`, a union of
 * one as that one. The union's own keywords (a description, a default) win over its member's.
 */
export function simplifyUnion(schema: JsonSchema): JsonSchema {
  const { anyOf, ...own } = schema;
  if (!Array.isArray(anyOf)) return schema;
  const members = anyOf as readonly JsonSchema[];
  const others = members.filter(({ type }) => type !== "null");
  const real = others.filter((member) => !isCoercion(member));
  const union = { ...joinMembers(real.length > 0 ? real : others), ...own };
  return others.length < members.length ? allowNull(union) : union;
}

function joinMembers(members: readonly JsonSchema[]): JsonSchema {
  const [first] = members;
  if (first && members.length === 1) return first;
  if (members.every((member) => "const" in member)) {
    const types = [...new Set(members.map(({ type }) => type))];
    return { type: types.length === 1 ? types[0] : types, enum: members.map((member) => member.const) };
  }
  return { anyOf: members };
}

function allowNull(schema: JsonSchema): JsonSchema {
  const { type, const: constant, enum: values = constant === undefined ? undefined : [constant], ...rest } = schema;
  if (Array.isArray(rest.anyOf)) return { ...rest, anyOf: [...rest.anyOf, { type: "null" }] };
  if (type === undefined) {
    const { $ref, ...own } = rest;
    return { ...own, anyOf: [{ $ref }, { type: "null" }] };
  }
  return {
    ...rest,
    type: [type, "null"].flat(),
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  };
}
