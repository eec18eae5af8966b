import { Elysia } from "elysia";
import { type CreateKey as CreateApiKey, parseLimits, parsePermissions } from "../../../domain/create-key.ts";
import { invalid } from "../../../domain/errors.ts";
import { assertMayGive } from "../../../domain/key-authority.ts";
import { parseTimeBound, TIME_EXPECTED } from "../../../domain/time-bound.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { MAX_SETTINGS_BYTES } from "./create-website.ts";
import { nameOf } from "./deletion-request.ts";
import { encodeNewKey } from "./encode-key.ts";
import { CreateKey, NewKey } from "./key-schemas.ts";
import { requireUnboundKey } from "./require-unbound-key.ts";
import { ErrorBody } from "./schemas.ts";

/** `POST /api/v1/keys`: makes an API key; its secret is in this answer and nowhere else. */
export function createKeyRoute(deps: { guard: Guard; createKey: CreateApiKey }) {
  const { guard, createKey } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/keys",
    async ({ body, caller, status }) => {
      const giver = requireUnboundKey(caller);
      const expiresAt = body.expiresAt == null ? null : decodeExpiry(body.expiresAt);
      const limits = {
        ...(body.tier == null ? {} : { tier: body.tier }),
        requestsPerMinute: body.requestsPerMinute ?? null,
      };
      assertMayGive(giver, { permissions: parsePermissions(body.permissions), expiresAt, ...parseLimits(limits) });
      const created = await createKey({
        name: body.name,
        permissions: body.permissions,
        ...(body.sites ? { sites: body.sites } : {}),
        ...limits,
        expiresAt,
        by: nameOf(caller),
      });
      return status(201, encodeNewKey(created));
    },
    {
      access: "POST /api/v1/keys",
      parse: readText(MAX_SETTINGS_BYTES),
      body: CreateKey,
      detail: {
        operationId: "createKey",
        summary: "Create an API key",
        description: "The key itself is shown in this answer only.",
        responses: responses({
          201: { description: "The key", schema: NewKey },
          400: { description: "The body is not JSON, or a field is wrong", schema: ErrorBody },
          401: { description: "A key is missing or not valid", schema: ErrorBody },
          403: { description: "The key lacks `keys:manage` or a permission that it would give", schema: ErrorBody },
          404: { description: "A website does not exist", schema: ErrorBody },
          413: { description: "The body is too large", schema: ErrorBody },
        }),
      },
    },
  );
}

/** A date means the end of that day. */
function decodeExpiry(text: string): number {
  const ms = parseTimeBound(text, "last");
  if (ms === null) throw invalid("expiresAt", TIME_EXPECTED);
  return ms;
}
