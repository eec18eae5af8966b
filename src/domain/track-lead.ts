import type { AttributeClick, Origin } from "./attribute-click.ts";
import type { HashEmail } from "./email-hash.ts";
import type { VisitorHints } from "./enrichment.ts";
import { encodeProperties, type Properties, type SitelessEvent } from "./event.ts";
import { type IngestEvents, ingestOne } from "./ingest-events.ts";
import type { Site } from "./site.ts";

export interface TrackLeadInput extends Origin {
  readonly site: Site;
  /** Without click id, customer key and data. */
  readonly event: SitelessEvent;
  readonly properties: Properties;
  /** Stored as a hash, and nowhere else. */
  readonly email: string | null;
  readonly hints: VisitorHints | null;
}

/** @returns the event's id. */
export type TrackLead = (input: TrackLeadInput) => Promise<number>;

/** Stores that somebody has signed up, with the click that it came from. */
export function createTrackLead(deps: {
  ingestEvents: IngestEvents;
  attributeClick: AttributeClick;
  hashEmail: HashEmail;
}): TrackLead {
  const { ingestEvents, attributeClick, hashEmail } = deps;
  return async (input) => {
    const { site, event, properties, email, hints, customerKey } = input;
    const { isTest, occurredAt } = event;
    const attribution = await attributeClick({ ...input, isTest, occurredAt, follows: ["click"] });
    const all = email === null ? properties : { ...properties, email_hash: await hashEmail(email) };
    const lead = { ...event, ...attribution, customerKey, data: encodeProperties(all) };
    const { result } = await ingestOne(ingestEvents, { site, event: lead, hints });
    return result.id;
  };
}
