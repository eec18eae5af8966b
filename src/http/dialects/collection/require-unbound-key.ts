import type { ApiKey } from "../../../domain/api-key.ts";
import { AppError } from "../../../domain/errors.ts";
import { type Caller, requireKey } from "../../caller.ts";

/**
 * The caller's key.
 *
 * @throws `forbidden` for one that is bound to some sites: it must not reach beyond them.
 */
export function requireUnboundKey(caller: Caller): ApiKey {
  const key = requireKey(caller);
  if (!key.admin && key.siteIds !== null) {
    throw new AppError("forbidden", "The API key is bound to some websites; this needs one for all websites");
  }
  return key;
}
