import { t } from "elysia";
import { MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH } from "../../../domain/site-fields.ts";
import { MAX_ORIGINS, MAX_SETTINGS } from "../../../domain/site-settings.ts";
import { nullable, nullableString, WholeNumberInBody } from "./schemas.ts";

const Flag = (description: string, standard: boolean) => nullable(t.Boolean({ description, default: standard }));

const Count = (name: keyof typeof MAX_SETTINGS, description: string) =>
  nullable(WholeNumberInBody({ minimum: 1, maximum: MAX_SETTINGS[name], description }));

/** What an owner can choose; null is back to what it is when left out. */
const settings = {
  publicRead: Flag("Whether events can be read without a key", false),
  allowedOrigins: nullable(
    t.Array(t.String({ maxLength: 300 }), {
      maxItems: MAX_ORIGINS,
      description: "Origins whose pages may post without a key; every one when left out",
      examples: [["https://example.com"]],
    }),
  ),
  honorGpc: Flag("Whether `Sec-GPC: 1` keeps an event without visitor and session", true),
  honorDnt: Flag("The same for `DNT: 1`", false),
  retentionDays: Count("retentionDays", "Events older than this are removed for good; kept when left out"),
  attributionWindowDays: Count("attributionWindowDays", "How long a click counts for what its customer does"),
  eventsPerMinute: Count("eventsPerMinute", "How many events it takes a minute; any number when left out"),
};

const Domain = t.String({ minLength: 1, maxLength: 2048, description: "Host name or URL; one website per domain" });
const Description = nullable(t.String({ maxLength: MAX_DESCRIPTION_LENGTH }));
const Name = t.String({ minLength: 1, maxLength: MAX_NAME_LENGTH });

export const CreateWebsite = t.Object(
  {
    name: Name,
    domain: Domain,
    description: Description,
    scope: nullable(
      t.String({ maxLength: 64, description: "Name in the profile-store API; from the domain when left out" }),
    ),
    ...settings,
  },
  { $id: "CreateWebsite", additionalProperties: true },
);

export const UpdateWebsite = t.Object(
  {
    name: t.Optional(Name),
    domain: nullable(Domain),
    description: Description,
    scope: t.Optional(t.String({ maxLength: 64, description: "Name in the profile-store API" })),
    ...settings,
  },
  { $id: "UpdateWebsite", additionalProperties: true },
);

export const Website = t.Object(
  {
    id: t.String(),
    trackingCode: t.String(),
    name: t.String(),
    domain: nullableString,
    description: nullableString,
    publicRead: t.Boolean(),
    allowedOrigins: t.Union([t.Array(t.String()), t.Null()]),
    honorGpc: t.Boolean(),
    honorDnt: t.Boolean(),
    retentionDays: t.Union([t.Integer(), t.Null()]),
    attributionWindowDays: t.Integer(),
    eventsPerMinute: t.Union([t.Integer(), t.Null()]),
    programId: t.Integer(),
    siteId: t.String(),
    siteKey: t.String(),
    scope: t.String(),
    createdAt: t.String({ format: "date-time" }),
    deletedAt: t.Optional(t.String({ format: "date-time", description: "Of a deleted website" })),
    purgeAt: t.Optional(t.String({ format: "date-time", description: "Until when it can be restored" })),
  },
  { $id: "Website" },
);

export const WebsiteList = t.Object({ websites: t.Array(Website), total: t.Integer() }, { $id: "WebsiteList" });

export const ListWebsitesQuery = t.Object(
  {
    deleted: t.Optional(
      t.Union([t.Literal("true"), t.Literal("false")], {
        default: "false",
        description: "`true` lists deleted websites instead, as long as they can be restored",
      }),
    ),
  },
  { additionalProperties: true },
);

export const WebsiteDeletion = t.Object(
  {
    id: t.String(),
    deletedAt: t.String({ format: "date-time" }),
    purgeAt: t.String({ format: "date-time", description: "Until when it can be restored" }),
  },
  { $id: "WebsiteDeletion" },
);

/** A path's website. */
export const WebsitePath = t.Object({
  id: t.String({
    maxLength: 100,
    description: "The website's id, tracking code, program id, site id, site key or scope",
  }),
});
