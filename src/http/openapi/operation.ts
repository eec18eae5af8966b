import type { TSchema } from "@sinclair/typebox";
import type { Route } from "../routes.ts";
import { describeAccess } from "./access.ts";
import { DIALECTS } from "./dialects.ts";
import type { JsonSchema, RouteSchema, ToJsonSchema } from "./json-schema.ts";
import type { RawOperation, RawParameter, RawResponse } from "./raw-document.ts";

/** A body by its media type. */
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface Response {
  readonly description: string;
  readonly content?: Content;
}

/** An operation as OpenAPI 3.1 wants it. */
export function toOperation(raw: RawOperation, route: Route, toJsonSchema: ToJsonSchema) {
  const { operationId, summary, description, parameters = [], requestBody, responses } = raw;
  const { security, sentence, refusals } = describeAccess(route.access);
  return {
    operationId,
    summary,
    description: [description, sentence].filter(Boolean).join("\n\n"),
    tags: [route.dialect],
    security,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map((one) => toParameter(one, toJsonSchema)) }),
    ...(requestBody ? { requestBody: { required: true, content: toContent(requestBody.content, toJsonSchema) } } : {}),
    responses: {
      ...toRefusals(refusals, DIALECTS[route.dialect].error, toJsonSchema),
      ...toResponses(responses, toJsonSchema),
    },
  };
}

/** What the plugin puts beside a parameter's schema belongs inside it, but for the description. */
function toParameter(raw: RawParameter, toJsonSchema: ToJsonSchema): Parameter {
  const { name, in: place, description, examples, required, schema } = raw;
  return {
    name,
    in: place,
    required: place === "path" || required === true,
    ...(description === undefined ? {} : { description }),
    schema: { ...toJsonSchema(schema), ...(examples === undefined ? {} : { examples }) },
  };
}

function toContent(content: Readonly<Record<string, { schema: RouteSchema }>>, toJsonSchema: ToJsonSchema): Content {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, { schema }]) => [mediaType, { schema: toJsonSchema(schema) }]),
  );
}

function toResponses(responses: Readonly<Record<string, RawResponse>>, toJsonSchema: ToJsonSchema) {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { description, content }]): [string, Response] => [
      status,
      { description, ...(content ? { content: toContent(content, toJsonSchema) } : {}) },
    ]),
  );
}

/** The answers to callers whom the route table refuses; a route's own words on one of them win. */
function toRefusals(refusals: Readonly<Record<number, string>>, error: TSchema, toJsonSchema: ToJsonSchema) {
  return Object.fromEntries(
    Object.entries(refusals).map(([status, description]): [string, Response] => [
      status,
      { description, content: { "application/json": { schema: toJsonSchema(error) } } },
    ]),
  );
}
