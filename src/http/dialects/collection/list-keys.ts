import { Elysia } from "elysia";
import type { KeyStore } from "../../../domain/ports.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { encodeListedKey } from "./encode-key.ts";
import { KeyList } from "./key-schemas.ts";
import { requireUnboundKey } from "./require-unbound-key.ts";

/** `GET /api/v1/keys`: all keys, also those that have ended; never a secret. */
export function listKeysRoute(deps: { guard: Guard; keys: KeyStore }) {
  const { guard, keys } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/keys",
    async ({ caller }) => {
      requireUnboundKey(caller);
      const listed = (await keys.listKeys()).map(encodeListedKey);
      return { keys: listed, total: listed.length };
    },
    {
      access: "GET /api/v1/keys",
      detail: {
        operationId: "listKeys",
        summary: "List API keys",
        description: "Without their secrets, and with the time of their last use.",
        responses: responses({ 200: { description: "All keys, the oldest first", schema: KeyList } }),
      },
    },
  );
}
