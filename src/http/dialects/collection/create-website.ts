import { Elysia } from "elysia";
import type { CreateSite } from "../../../domain/create-site.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { encodeWebsite } from "./encode-website.ts";
import { requireUnboundKey } from "./require-unbound-key.ts";
import { ErrorBody } from "./schemas.ts";
import { CreateWebsite, Website } from "./website-schemas.ts";

export const MAX_SETTINGS_BYTES = 64 * 1024;

/** `POST /api/v1/websites`: registers a website. */
export function createWebsiteRoute(deps: { guard: Guard; createSite: CreateSite }) {
  const { guard, createSite } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/websites",
    async ({ body, caller, status }) => {
      requireUnboundKey(caller);
      const { name, domain, description, scope, ...settings } = body;
      const site = await createSite({
        name,
        domain,
        ...(description == null ? {} : { description }),
        ...(scope == null ? {} : { scope }),
        settings,
      });
      return status(201, encodeWebsite(site));
    },
    {
      access: "POST /api/v1/websites",
      parse: readText(MAX_SETTINGS_BYTES),
      body: CreateWebsite,
      detail: {
        operationId: "createWebsite",
        summary: "Register a website",
        responses: responses({
          201: { description: "The website, with its tracking code", schema: Website },
          400: { description: "The body is not JSON, or a field is wrong", schema: ErrorBody },
          401: { description: "A key is missing or not valid", schema: ErrorBody },
          403: { description: "The key lacks `sites:manage`, or is bound to some websites", schema: ErrorBody },
          409: { description: "The domain is registered already", schema: ErrorBody },
          413: { description: "The body is too large", schema: ErrorBody },
        }),
      },
    },
  );
}
