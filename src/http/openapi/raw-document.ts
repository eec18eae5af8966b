import { Elysia, type InternalRoute } from "elysia";
import type { RouteSchema } from "./json-schema.ts";

export interface RawParameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly required?: boolean;
  readonly schema: RouteSchema;
}

export interface RawResponse {
  readonly description: string;
  readonly content?: Readonly<Record<string, { schema: RouteSchema }>>;
}

export interface RawOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly RawParameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: RouteSchema }>> };
  readonly responses: Readonly<Record<string, RawResponse>>;
}

/** What the plugin makes of routes; of what it says, only the paths are used. */
export interface RawDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
}

/** On an app that no port listens to. */
const RAW_PATH = "/openapi.raw.json";

/**
 * Routes → `@elysiajs/swagger`'s description of them.
 *
 * The plugin stands on an app of its own, with copies of the routes that do nothing: so the server
 * has neither the plugin's page, which loads scripts from elsewhere, nor its invalid document, and
 * does not load the plugin before the first reader comes.
 */
export async function createRawDocument(routes: readonly InternalRoute[]): Promise<RawDocument> {
  const { swagger } = await import("@elysiajs/swagger");
  const app = new Elysia({ normalize: false, aot: false }).use(
    swagger({ specPath: RAW_PATH, path: `${RAW_PATH}/page`, excludeStaticFile: false }),
  );
  for (const { method, path, hooks } of routes) {
    const { body, query, params, headers, detail } = hooks;
    // A parser that is a name tells the plugin the media type; it cannot tell that of a function.
    app.route(method, path, () => null, { body, query, params, headers, detail, parse: "json" });
  }
  const answer = await app.handle(new Request(`http://localhost${RAW_PATH}`));
  return (await answer.json()) as RawDocument;
}
