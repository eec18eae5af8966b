import type { TSchema } from "@sinclair/typebox";
import { ErrorBody as CollectionError } from "../dialects/collection/schemas.ts";
import { OperationsError } from "../operations/errors.ts";
import type { DialectName } from "../routes.ts";

interface DialectDescription {
  /** Of the tag that its operations carry. */
  readonly description: string;
  /** The body of its errors. */
  readonly error: TSchema;
}

/** What the document says of each dialect as a whole. */
export const DIALECTS = {
  collection: {
    description: "Collects events, lists them, and manages websites and keys",
    error: CollectionError,
  },
  operations: { description: "The server itself", error: OperationsError },
} as const satisfies Record<DialectName, DialectDescription>;
