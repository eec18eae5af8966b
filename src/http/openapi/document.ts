import type { InternalRoute } from "elysia";
import { ROUTES, type Route } from "../routes.ts";
import { BEARER } from "./access.ts";
import { createComponents } from "./components.ts";
import { DIALECTS } from "./dialects.ts";
import { createToJsonSchema, type ToJsonSchema } from "./json-schema.ts";
import { toOperation } from "./operation.ts";
import { createRawDocument, type RawDocument } from "./raw-document.ts";

const DESCRIPTION = [
  "Collects, lists, looks into and deletes tracking events.",
  "Websites post their events with a public tracking code. What else needs an API key takes it as `Authorization: Bearer <API key>` or as `X-API-Key: <API key>`, never in a URL.",
  "Requests are limited by key, and without one by address and website. What is left is told in `X-RateLimit-Limit`, `X-RateLimit-Remaining`, `X-RateLimit-Reset` (Unix time in seconds at which all of it is there again), `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).",
].join("\n\n");

/**
 * The API's description: a valid OpenAPI 3.1 document of all routes that are not hidden.
 *
 * @param version of Footfall.
 */
export async function createDocument(routes: readonly InternalRoute[], version: string) {
  const raw = await createRawDocument(routes);
  const components = createComponents();
  const paths = toPaths(raw, createToJsonSchema(components.refer));
  return {
    openapi: "3.1.0",
    info: {
      title: "Footfall",
      version,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(DIALECTS).map(([name, { description }]) => ({ name, description })),
    paths,
    components: {
      schemas: components.schemas(),
      securitySchemes: { [BEARER]: { type: "http", scheme: "bearer", description: "An API key" } },
    },
  };
}

export type ApiDocument = Awaited<ReturnType<typeof createDocument>>;

function toPaths(raw: RawDocument, toJsonSchema: ToJsonSchema) {
  return Object.fromEntries(
    Object.entries(raw.paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          toOperation(operation, routeOf(method, path), toJsonSchema),
        ]),
      ),
    ]),
  );
}

/** @throws for a route that is not in the table: nothing would say who may call it. */
function routeOf(method: string, path: string): Route {
  const name = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;
  const route = (ROUTES as Readonly<Record<string, Route>>)[name];
  if (!route) throw new Error(`${name} is not in the route table`);
  return route;
}
