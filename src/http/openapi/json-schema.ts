import { simplifyUnion } from "./unions.ts";

/** A schema of a route as JSON: what TypeBox knows by symbols is gone. */
export type RouteSchema = Readonly<Record<string, unknown>>;

/** JSON Schema 2020-12, the schema language of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Keeps a schema that has a name, and gives the reference that stands in its place. */
export type Refer = (name: string, schema: JsonSchema) => JsonSchema;

export type ToJsonSchema = (schema: RouteSchema) => JsonSchema;

/** TypeBox's pattern for the keys of a record of anything. */
const ANY_KEY = "^(.*)$";

/**
 * A route's schema → JSON Schema. Three keywords are our own or TypeBox's and never reach the document:
 *
 * - `$id` is the schema's name: the schema is shown once, under that name, and referred to.
 * - `openapi` is shown instead of a schema that is looser than what clients should send.
 * - `invalidMessage` is for answers, not for readers.
 */
export function createToJsonSchema(refer: Refer): ToJsonSchema {
  const toJsonSchema: ToJsonSchema = ({ $id, openapi, invalidMessage: _, ...schema }) => {
    const shown = isSchema(openapi)
      ? { ...toJsonSchema(openapi), ...pick(schema, "description") }
      : convertKeywords(schema, toJsonSchema);
    return typeof $id === "string" ? refer($id, shown) : shown;
  };
  return toJsonSchema;
}

/** Converts the schemas inside a schema. */
function convertKeywords(schema: RouteSchema, toJsonSchema: ToJsonSchema): JsonSchema {
  const converted: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "properties" && isSchema(value)) {
      converted.properties = convertValues(value, toJsonSchema);
    } else if (keyword === "patternProperties" && isSchema(value)) {
      const { [ANY_KEY]: anyKey, ...patterns } = convertValues(value, toJsonSchema);
      if (anyKey) converted.additionalProperties = anyKey;
      if (Object.keys(patterns).length > 0) converted.patternProperties = patterns;
    } else if (Array.isArray(value) && SCHEMA_LISTS.has(keyword)) {
      converted[keyword] = value.filter(isSchema).map(toJsonSchema);
    } else {
      converted[keyword] = isSchema(value) && SCHEMAS.has(keyword) ? toJsonSchema(value) : value;
    }
  }
  return simplifyUnion(converted);
}

/** Keywords that hold a schema. */
const SCHEMAS: ReadonlySet<string> = new Set(["items", "additionalProperties", "not"]);

/** Keywords that hold a list of schemas. */
const SCHEMA_LISTS: ReadonlySet<string> = new Set(["anyOf", "allOf", "oneOf"]);

function convertValues(schemas: RouteSchema, toJsonSchema: ToJsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, isSchema(schema) ? toJsonSchema(schema) : {}]),
  );
}

function isSchema(value: unknown): value is RouteSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The keyword alone, or nothing where the schema does not have it. */
function pick(schema: RouteSchema, keyword: string): RouteSchema {
  return schema[keyword] === undefined ? {} : { [keyword]: schema[keyword] };
}
