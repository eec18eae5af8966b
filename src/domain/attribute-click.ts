import { MS_PER_DAY } from "../lib/clock.ts";
import type { AttributedType, AttributionStore } from "./attributed-events.ts";
import type { Site } from "./site.ts";

/** What a lead or a conversion says of where it came from. */
export interface Origin {
  readonly clickId: string | null;
  /** Clicks of the same visitor, of which the latest counts. */
  readonly clickIds: readonly string[];
  readonly customerKey: string | null;
}

export interface Attributable extends Origin {
  readonly site: Site;
  readonly isTest: boolean;
  /** When it is said to have happened. */
  readonly occurredAt: number;
  /** What comes before it on the way from a click to a conversion. */
  readonly follows: readonly AttributedType[];
}

export interface Attribution {
  readonly clickId: string | null;
  /** Not before what it came from. */
  readonly occurredAt: number;
}

export type AttributeClick = (event: Attributable) => Promise<Attribution>;

/**
 * Ties a lead or a conversion to the click that it came from: the one that it names (kept as it is,
 * also when that click is not there), else the latest of its `clickIds`, else the latest click of
 * its customer, both within the site's attribution window.
 *
 * The order in which events arrive is the truth, and a clock may jump back or differ between two
 * servers: an event never gets a time before those that it came from.
 */
export function createAttributeClick(deps: { attribution: AttributionStore }): AttributeClick {
  const { attribution } = deps;

  async function latestClick({ site, isTest, occurredAt, clickIds, customerKey }: Attributable) {
    const wanted = { siteId: site.id, isTest, since: occurredAt - site.attributionWindowDays * MS_PER_DAY };
    const named = clickIds.length > 0 ? await attribution.findLatestClick({ ...wanted, among: { clickIds } }) : null;
    if (named !== null || customerKey === null) return named;
    return attribution.findLatestClick({ ...wanted, among: { customerKey } });
  }

  return async (event) => {
    const { site, isTest, occurredAt, follows, customerKey } = event;
    const clickId = event.clickId ?? (await latestClick(event));
    const chain = { siteId: site.id, isTest, types: follows, clickId, customerKey };
    const before = await attribution.findLatestTime(chain);
    return { clickId, occurredAt: Math.max(occurredAt, before ?? occurredAt) };
  };
}
