import { AppError } from "../../../domain/errors.ts";
import type { Caller } from "../../caller.ts";

/** @throws `forbidden` for a key that is bound to some sites: it must not reach beyond them. */
export function assertUnbound(caller: Caller): void {
  const { key } = caller;
  if (key === null || (!key.admin && key.siteIds !== null)) {
    throw new AppError("forbidden", "The API key is bound to some websites; this needs one for all websites");
  }
}
