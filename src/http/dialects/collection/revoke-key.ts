import { Elysia } from "elysia";
import type { RevokeKey } from "../../../domain/revoke-key.ts";
import type { Clock } from "../../../lib/clock.ts";
import { isoTime } from "../../../lib/iso-time.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { nameOf } from "./deletion-request.ts";
import type { FindChangeableKey } from "./find-key.ts";
import { KeyPath, KeyRevocation } from "./key-schemas.ts";
import { ErrorBody } from "./schemas.ts";

/** `DELETE /api/v1/keys/:id`: ends a key for good. A second time changes nothing. */
export function revokeKeyRoute(deps: {
  guard: Guard;
  clock: Clock;
  revokeKey: RevokeKey;
  findChangeableKey: FindChangeableKey;
}) {
  const { guard, clock, revokeKey, findChangeableKey } = deps;
  return new Elysia({ normalize: false }).use(guard).delete(
    "/api/v1/keys/:id",
    async ({ params, caller }) => {
      const { id, revokedAt } = await findChangeableKey(caller, params.id);
      const endedAt = revokedAt ?? (await revokeKey({ id, by: nameOf(caller) }));
      // Somebody else has ended it at this moment.
      return { id, revokedAt: isoTime(endedAt ?? clock.now()) };
    },
    {
      access: "DELETE /api/v1/keys/:id",
      params: KeyPath,
      detail: {
        operationId: "revokeKey",
        summary: "Revoke an API key",
        description: "It is refused at once, with all of its secrets; by other instances within a second.",
        responses: responses({
          200: { description: "It is revoked", schema: KeyRevocation },
          403: { description: "The key lacks `keys:manage`, or has less than the other key", schema: ErrorBody },
          404: { description: "There is no such key", schema: ErrorBody },
        }),
      },
    },
  );
}
