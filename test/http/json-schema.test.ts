import { describe, expect, test } from "bun:test";
import type { TSchema } from "@sinclair/typebox";
import { t } from "elysia";
import { createComponents } from "../../src/http/openapi/components.ts";
import { createToJsonSchema } from "../../src/http/openapi/json-schema.ts";

/** As the plugin hands it over: through JSON. */
function convert(schema: TSchema, components = createComponents()) {
  return createToJsonSchema(components.refer)(JSON.parse(JSON.stringify(schema)));
}

const nullable = (schema: TSchema) => t.Union([schema, t.Null()]);
const Named = t.Object({ a: t.String() }, { $id: "Named" });
const NAMED = { $ref: "#/components/schemas/Named" };

describe("a union", () => {
  test.each([
    ["of literals", t.Union([t.Literal("a"), t.Literal("b")]), { type: "string", enum: ["a", "b"] }],
    [
      "of literals of two types",
      t.Union([t.Literal("a"), t.Literal(1)]),
      { type: ["string", "number"], enum: ["a", 1] },
    ],
    ["of a string and null", nullable(t.String({ maxLength: 3 })), { type: ["string", "null"], maxLength: 3 }],
    ["of a literal and null", nullable(t.Literal("a")), { type: ["string", "null"], enum: ["a", null] }],
    [
      "of choices and null",
      nullable(t.Union([t.Literal("a"), t.Literal("b")])),
      { type: ["string", "null"], enum: ["a", "b", null] },
    ],
    ["of a date and null", nullable(t.String({ format: "date" })), { type: ["string", "null"], format: "date" }],
    ["of a named schema and null", nullable(Named), { anyOf: [NAMED, { type: "null" }] }],
    [
      "of two types and null",
      t.Union([t.String(), t.Number(), t.Null()]),
      { anyOf: [{ type: "string" }, { type: "number" }, { type: "null" }] },
    ],
    ["that also accepts the number as text", t.Integer({ minimum: 1 }), { type: "integer", minimum: 1 }],
    ["that also accepts the number as text, and null", nullable(t.Numeric()), { type: ["number", "null"] }],
  ])("%s", (_, schema, expected) => expect(convert(schema)).toEqual(expected));

  test("keeps its own words rather than its member's", () => {
    const schema = t.Union([t.String({ description: "inner" }), t.Null()], { description: "outer" });
    expect(convert(schema)).toEqual({ type: ["string", "null"], description: "outer" });
  });
});

describe("a keyword of our own", () => {
  test("openapi is shown instead of the schema, under the schema's description", () => {
    const schema = t.String({ pattern: "x", description: "words", openapi: { type: "integer", minimum: 1 } });
    expect(convert(schema)).toEqual({ type: "integer", minimum: 1, description: "words" });
  });

  test("openapi may hold another schema, also a named one", () => {
    const schema = t.Array(t.Unknown(), { openapi: t.Array(Named, { minItems: 1 }) });
    expect(convert(schema)).toEqual({ type: "array", items: NAMED, minItems: 1 });
  });

  test("invalidMessage is left out, but a field may have its name", () => {
    const schema = t.Object({ invalidMessage: t.String({ invalidMessage: "No" }) }, { invalidMessage: "No" });
    expect(convert(schema)).toMatchObject({ type: "object", properties: { invalidMessage: { type: "string" } } });
    expect(convert(schema)).not.toHaveProperty("invalidMessage");
  });
});

test("a record is an object with any key", () => {
  expect(convert(t.Record(t.String(), t.Number()))).toEqual({
    type: "object",
    additionalProperties: { type: "number" },
  });
});

describe("a named schema", () => {
  test("is kept once, wherever it stands", () => {
    const components = createComponents();
    const pair = convert(t.Object({ one: Named, many: t.Array(Named) }), components);
    expect(pair).toMatchObject({ properties: { one: NAMED, many: { type: "array", items: NAMED } } });
    expect(Object.keys(components.schemas())).toEqual(["Named"]);
  });

  test("cannot share its name with a different one", () => {
    const components = createComponents();
    convert(Named, components);
    expect(() => convert(t.Object({ b: t.String() }, { $id: "Named" }), components)).toThrow('"Named"');
  });
});
