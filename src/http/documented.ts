import type { TSchema } from "@sinclair/typebox";

/** What the API description says of an answer. */
interface DocumentedResponse {
  readonly description: string;
  readonly schema?: TSchema;
  /** JSON when left out. */
  readonly mediaType?: string;
}

/**
 * Answers of a route for the API description. They stand in `detail`, not in Elysia's `response`:
 * that would validate every answer again at run time.
 */
export function responses(table: Readonly<Record<number, DocumentedResponse>>) {
  return Object.fromEntries(
    Object.entries(table).map(([status, { description, schema, mediaType = "application/json" }]) => [
      status,
      schema ? { description, content: { [mediaType]: { schema } } } : { description },
    ]),
  );
}
