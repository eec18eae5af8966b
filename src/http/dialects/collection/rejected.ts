import { type SiteReference, TRACKING_CODE } from "../../../domain/site.ts";
import type { RejectedRoutes } from "../../rejected-events.ts";

const byCode = (code: unknown): readonly SiteReference[] =>
  typeof code === "string" && TRACKING_CODE.test(code) ? [{ by: "trackingCode", text: code }] : [];

/** Of a batch that is refused as a whole. */
const codeOfFirst = (events: unknown): unknown => (Array.isArray(events) ? events[0]?.trackingCode : undefined);

/** The routes that take events, and where an event that was not taken names its site. */
export const REJECTED = {
  "POST /api/v1/events": ({ trackingCode }) => byCode(trackingCode),
  "POST /api/v1/events/batch": ({ trackingCode, events }) => byCode(trackingCode ?? codeOfFirst(events)),
  "POST /api/v1/track": ({ code }) => byCode(code),
} as const satisfies RejectedRoutes;
