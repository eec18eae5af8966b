import { Elysia } from "elysia";
import { invalid } from "../../../domain/errors.ts";
import { DEFAULT_OVERLAP, type RotateKey as RotateApiKey } from "../../../domain/rotate-key.ts";
import { parseDuration } from "../../../lib/duration.ts";
import { readOptionalText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { MAX_SETTINGS_BYTES } from "./create-website.ts";
import { nameOf } from "./deletion-request.ts";
import { encodeRotatedKey } from "./encode-key.ts";
import type { FindChangeableKey } from "./find-key.ts";
import { KeyPath, RotatedKey, RotateKey } from "./key-schemas.ts";
import { ErrorBody } from "./schemas.ts";

/** `POST /api/v1/keys/:id/rotate`: a new secret for a key; the old one stays valid for a while. */
export function rotateKeyRoute(deps: { guard: Guard; findChangeableKey: FindChangeableKey; rotateKey: RotateApiKey }) {
  const { guard, findChangeableKey, rotateKey } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/keys/:id/rotate",
    async ({ params, body, caller }) => {
      const { id } = await findChangeableKey(caller, params.id);
      const overlapMs = decodeOverlap(body.overlap ?? DEFAULT_OVERLAP);
      return encodeRotatedKey(await rotateKey({ id, overlapMs, by: nameOf(caller) }));
    },
    {
      access: "POST /api/v1/keys/:id/rotate",
      parse: readOptionalText(MAX_SETTINGS_BYTES),
      params: KeyPath,
      body: RotateKey,
      detail: {
        operationId: "rotateKey",
        summary: "Give an API key a new secret",
        description:
          "Id, name, permissions, websites and end stay. The old secret stays valid for the overlap, so that clients can be changed one after the other; one that an earlier rotation left valid ends now.",
        responses: responses({
          200: { description: "The key with its new secret, which is shown in this answer only", schema: RotatedKey },
          400: { description: "The body is not JSON, or the overlap is wrong", schema: ErrorBody },
          403: { description: "The key lacks `keys:manage`, or has less than the other key", schema: ErrorBody },
          404: { description: "There is no such key", schema: ErrorBody },
          409: { description: "The key is expired or revoked", schema: ErrorBody },
          413: { description: "The body is too large", schema: ErrorBody },
        }),
      },
    },
  );
}

function decodeOverlap(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw invalid("overlap", "Must be a number and a unit: 0s, 30m, 24h or 7d");
  return ms;
}
