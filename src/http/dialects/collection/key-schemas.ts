import { t } from "elysia";
import { MAX_REQUESTS_PER_MINUTE, TIERS } from "../../../domain/api-key.ts";
import { MAX_KEY_SITES } from "../../../domain/create-key.ts";
import { DEFAULT_OVERLAP } from "../../../domain/rotate-key.ts";
import { nullable, nullableString, WholeNumberInBody } from "./schemas.ts";

export const CreateKey = t.Object(
  {
    name: t.String({ minLength: 1, maxLength: 200 }),
    permissions: t.Array(t.String(), { minItems: 1, maxItems: 20 }),
    sites: t.Optional(
      t.Union([t.Array(t.String({ maxLength: 100 }), { minItems: 1, maxItems: MAX_KEY_SITES }), t.Null()], {
        description: "Websites by any of their names; all when left out",
      }),
    ),
    tier: nullable(
      t.Union(
        TIERS.map((tier) => t.Literal(tier)),
        { default: "free", description: "60 requests a minute, 600, or any number" },
      ),
    ),
    requestsPerMinute: nullable(
      WholeNumberInBody({ minimum: 1, maximum: MAX_REQUESTS_PER_MINUTE, description: "Instead of the tier's" }),
    ),
    expiresAt: nullable(t.String({ maxLength: 40, description: "ISO 8601" })),
  },
  { $id: "CreateKey", additionalProperties: true },
);

export const RotateKey = t.Object(
  {
    overlap: nullable(
      t.String({
        maxLength: 20,
        default: DEFAULT_OVERLAP,
        description: "How long the old secret stays valid: 0s to 30d",
        examples: ["1h"],
      }),
    ),
  },
  { $id: "RotateKey", additionalProperties: true },
);

const nullableTime = t.Union([t.String({ format: "date-time" }), t.Null()]);

const facts = {
  id: t.String(),
  name: t.String(),
  admin: t.Boolean({ description: "All permissions on all websites" }),
  permissions: t.Array(t.String()),
  sites: t.Union([t.Array(t.String()), t.Null()]),
  tier: t.Union(TIERS.map((tier) => t.Literal(tier))),
  requestsPerMinute: t.Union([t.Integer(), t.Null()], { description: "How many it may make; null: any number" }),
  createdAt: t.String({ format: "date-time" }),
  expiresAt: nullableString,
};

export const NewKey = t.Object({ ...facts, key: t.String({ description: "Shown this once" }) }, { $id: "NewKey" });

export const RotatedKey = t.Object(
  { ...NewKey.properties, previousValidUntil: nullableTime },
  { $id: "RotatedKey", description: "The key with its new secret" },
);

export const Key = t.Object(
  {
    ...facts,
    revokedAt: nullableTime,
    lastUsedAt: t.Union([t.String({ format: "date-time" }), t.Null()], { description: "To some seconds" }),
    previousValidUntil: t.Union([t.String({ format: "date-time" }), t.Null()], {
      description: "Until when the secret before the last rotation is valid",
    }),
  },
  { $id: "Key" },
);

export const KeyList = t.Object({ keys: t.Array(Key), total: t.Integer() }, { $id: "KeyList" });

export const KeyRevocation = t.Object(
  { id: t.String(), revokedAt: t.String({ format: "date-time" }) },
  { $id: "KeyRevocation" },
);

/** A path's key. */
export const KeyPath = t.Object({ id: t.String({ maxLength: 100, description: "The 8 letters after `ff_`" }) });
