import type { TSchema } from "@sinclair/typebox";
import { StrapiError, TrackError } from "../dialects/affiliate/errors.ts";
import { ErrorBody as CollectionError } from "../dialects/collection/schemas.ts";
import { ErrorBody as ProfileStoreError } from "../dialects/profile-store/errors.ts";
import { ErrorBody as SiteEventsError } from "../dialects/site-events/errors.ts";
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
  affiliate: { description: "Clicks, leads and conversions of affiliate programs", error: StrapiError },
  "affiliate-track": {
    description: "Where clicks, leads, sales and refunds of affiliate programs come in",
    error: TrackError,
  },
  "site-events": { description: "Visits of bots, referrals of AI assistants, and conversions", error: SiteEventsError },
  "profile-store": { description: "Tracked events, looked into by OData and KQL", error: ProfileStoreError },
  operations: { description: "The server itself", error: OperationsError },
} as const satisfies Record<DialectName, DialectDescription>;
