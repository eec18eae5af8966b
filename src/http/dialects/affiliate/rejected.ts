import { siteOfClickId } from "../../../domain/click-id.ts";
import type { SiteReference } from "../../../domain/site.ts";
import type { RejectedRoutes, SitesNamedBy } from "../../rejected-events.ts";
import { programIdOf } from "./decode-fields.ts";

/**
 * What tells the program without a look at other events: the client names it, a click's id was made by
 * it, or the partner's link leads to its domain.
 */
const namedBy: SitesNamedBy = ({ program_id, additional_data, click_id, affiliate_url }) => {
  const data = typeof additional_data === "object" && additional_data !== null ? additional_data : {};
  const ids = [
    programIdOf(program_id),
    programIdOf("program_id" in data ? data.program_id : null),
    typeof click_id === "string" ? siteOfClickId(click_id) : null,
  ];
  return [
    ...ids.flatMap((id): SiteReference[] => (id !== null && id > 0 ? [{ by: "id", id }] : [])),
    ...(typeof affiliate_url === "string" ? byHost(affiliate_url) : []),
  ];
};

/** The host, and the domain that it is the `www.` of. */
function byHost(url: string): readonly SiteReference[] {
  const host = url.length <= 2_048 ? (URL.parse(url)?.hostname.replace(/\.$/, "") ?? "") : "";
  const domains = host === "" ? [] : [...new Set([host, host.replace(/^[^.]+\./, "")])];
  return domains.map((text) => ({ by: "domain", text }));
}

/** The routes that take events, and where an event that was not taken names its site. */
export const REJECTED = {
  "POST /api/v1/track/click": namedBy,
  "POST /api/v1/track/lead": namedBy,
  "POST /api/v1/track/sale": namedBy,
  "POST /api/tracking/click": namedBy,
  "POST /api/tracking/lead": namedBy,
  "POST /api/tracking/sale": namedBy,
} as const satisfies RejectedRoutes;
