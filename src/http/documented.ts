import type { TSchema } from "@sinclair/typebox";

/** What the API description says of an answer. */
interface DocumentedResponse {
  readonly description: string;
  readonly schema?: TSchema;
  /** JSON where it is not said. */
  readonly mediaTypes?: readonly string[];
}

/**
 * Answers of a route for the API description. They stand in `detail`, not in Elysia's `response`:
 * that would validate every answer again at run time.
 */
export function responses(table: Readonly<Record<number, DocumentedResponse>>) {
  return Object.fromEntries(
    Object.entries(table).map(([status, { description, schema, mediaTypes = ["application/json"] }]) => [
      status,
      schema
        ? { description, content: Object.fromEntries(mediaTypes.map((type) => [type, { schema }])) }
        : { description },
    ]),
  );
}
