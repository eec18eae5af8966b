import type { TSchema } from "@sinclair/typebox";

/** What the API description says of an answer. */
interface DocumentedResponse {
  readonly description: string;
  readonly schema?: TSchema;
}

/**
 * Answers of a route for the API description. They stand in `detail`, not in Elysia's `response`:
 * that would validate every answer again at run time.
 */
export function responses(table: Readonly<Record<number, DocumentedResponse>>) {
  return Object.fromEntries(
    Object.entries(table).map(([status, { description, schema }]) => [
      status,
      schema ? { description, content: { "application/json": { schema } } } : { description },
    ]),
  );
}
