import type { AttributionStore } from "./attributed-events.ts";
import { type ClickIds, clickKey } from "./click-id.ts";
import type { VisitorHints } from "./enrichment.ts";
import { AppError } from "./errors.ts";
import type { SitelessEvent } from "./event.ts";
import { type IngestEvents, ingestOne } from "./ingest-events.ts";
import type { Site } from "./site.ts";

export interface TrackClickInput {
  readonly site: Site;
  /** Without click id and dedupe key. */
  readonly event: SitelessEvent;
  /** Of an earlier click of the same visitor, which is kept; null: the click gets an id of its own. */
  readonly existingClickId: string | null;
  readonly hints: VisitorHints | null;
}

export interface TrackedClick {
  readonly eventId: number;
  readonly clickId: string;
}

export type TrackClick = (input: TrackClickInput) => Promise<TrackedClick>;

/** Tries to find an id that is free; each skips twice as many ms as the one before, so the last skips six days. */
const MAX_TRIES = 30;

/**
 * Stores a click of a partner's link.
 *
 * A fresh id is nobody else's, whichever process or client made theirs: the first click with an id
 * claims it by its dedupe key, which is unique in the site.
 */
export function createTrackClick(deps: {
  ingestEvents: IngestEvents;
  attribution: AttributionStore;
  clickIds: ClickIds;
}): TrackClick {
  const { ingestEvents, attribution, clickIds } = deps;

  async function store({ site, event, hints }: TrackClickInput, clickId: string, dedupeKey: string | null) {
    const stored = await ingestOne(ingestEvents, { site, event: { ...event, clickId, dedupeKey }, hints });
    return { eventId: stored.result.id, clickId, isFree: stored.result.outcome === "stored" };
  }

  async function withExistingId(input: TrackClickInput, clickId: string): Promise<TrackedClick> {
    const { site, event } = input;
    const knownIn = await attribution.findClickSite({ clickId, isTest: event.isTest, preferred: site.id });
    if (knownIn !== site.id) {
      const first = await store(input, clickId, clickKey(clickId));
      if (first.isFree) return first;
    }
    return store(input, clickId, null);
  }

  async function withFreshId(input: TrackClickInput): Promise<TrackedClick> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const clickId = clickIds.next(input.site.id, input.event.occurredAt, tries === 0 ? 0 : 2 ** (tries - 1) - 1);
      const click = await store(input, clickId, clickKey(clickId));
      if (click.isFree) return click;
    }
    throw new AppError("internal", "No click id is free");
  }

  return async (input) => {
    const { eventId, clickId } = await (input.existingClickId === null
      ? withFreshId(input)
      : withExistingId(input, input.existingClickId));
    return { eventId, clickId };
  };
}
