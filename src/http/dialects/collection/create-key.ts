import { Elysia } from "elysia";
import { hasPermission } from "../../../domain/api-key.ts";
import { type CreateKey as CreateApiKey, parsePermissions } from "../../../domain/create-key.ts";
import { AppError, invalid } from "../../../domain/errors.ts";
import { parseTimeBound, TIME_EXPECTED } from "../../../domain/time-bound.ts";
import { readText } from "../../body.ts";
import type { Caller } from "../../caller.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { assertUnbound } from "./assert-unbound.ts";
import { MAX_SETTINGS_BYTES } from "./create-website.ts";
import { nameOf } from "./deletion-request.ts";
import { encodeKey } from "./encode.ts";
import { CreateKey, ErrorBody, Key } from "./schemas.ts";

/** `POST /api/v1/keys`: makes an API key; its secret is in this answer and nowhere else. */
export function createKeyRoute(deps: { guard: Guard; createKey: CreateApiKey }) {
  const { guard, createKey } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/keys",
    async ({ body, caller, status }) => {
      assertUnbound(caller);
      assertWithin(caller, body.permissions);
      const expiresAt = body.expiresAt == null ? null : decodeExpiry(body.expiresAt);
      assertNotOutlived(caller, expiresAt);
      const { key, secret } = await createKey({
        name: body.name,
        permissions: body.permissions,
        ...(body.sites ? { sites: body.sites } : {}),
        expiresAt,
        by: nameOf(caller),
      });
      return status(201, encodeKey(key, secret));
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
          201: { description: "The key", schema: Key },
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

/** A key can only give what it has: otherwise `keys:manage` would be every permission. */
function assertWithin({ key }: Caller, permissions: readonly string[]): void {
  for (const permission of parsePermissions(permissions)) {
    if (key === null || !hasPermission(key, permission)) {
      throw new AppError("forbidden", `The API key lacks the permission ${permission} and cannot give it`);
    }
  }
}

/** Otherwise a key that is lent for a day could be made to last. */
function assertNotOutlived({ key }: Caller, expiresAt: number | null): void {
  if (key === null || key.expiresAt === null) return;
  if (expiresAt !== null && expiresAt <= key.expiresAt) return;
  const last = new Date(key.expiresAt).toISOString();
  throw new AppError("forbidden", `The API key expires at ${last}, and so must every key that it makes`);
}
