import { isCleanText } from "../../../domain/text.ts";
import type { RejectedRoutes } from "../../rejected-events.ts";

/** The route that takes events, and where an event that was not taken names its site. */
export const REJECTED = {
  "POST /api/t": ({ k }) =>
    typeof k === "string" && k.startsWith("ak_") && isCleanText(k) ? [{ by: "siteKey", text: k }] : [],
} as const satisfies RejectedRoutes;
