import type { StoredApiKey } from "../../../domain/api-key.ts";
import { AppError } from "../../../domain/errors.ts";
import { assertMayChange } from "../../../domain/key-authority.ts";
import type { KeyStore } from "../../../domain/ports.ts";
import type { Caller } from "../../caller.ts";
import { requireUnboundKey } from "./require-unbound-key.ts";

const KEY_ID = /^[0-9A-Za-z]{8}$/;

/** The key that a path names. */
export type FindChangeableKey = (caller: Caller, id: string) => Promise<StoredApiKey>;

/** @throws `not_found`, or `forbidden` where the other key has more than the caller's own. */
export function createFindChangeableKey({ keys }: { keys: KeyStore }): FindChangeableKey {
  return async (caller, id) => {
    const changer = requireUnboundKey(caller);
    const key = KEY_ID.test(id) ? await keys.findKey(id) : null;
    if (!key) throw new AppError("not_found", "API key not found");
    assertMayChange(changer, key);
    return key;
  };
}
