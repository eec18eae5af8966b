import type { ObserveEvents } from "../domain/observers.ts";
import { websiteIdOf } from "../domain/site.ts";
import type { Figures } from "./figures.ts";
import { addCounter } from "./tally.ts";

/** Sites with figures of their own; those that come later share one: a scrape must stay small. */
const MAX_SITES = 100;
const OTHER_SITES = "other";

/** Of events that were turned away before they were a site's. */
const NO_SITE = "unknown";

/** Counts events by site, dialect and what became of them. */
export function createEventMetrics(figures: Figures) {
  const count = addCounter(figures, {
    name: "footfall_events_total",
    help: `Events by site (the first ${MAX_SITES}), dialect, and result: stored, duplicate, rejected (at fault themselves), limited (more than a limit allows), refused (queue or disk full)`,
    labelNames: ["site", "dialect", "result"],
  });
  const countRejection = addCounter(figures, {
    name: "footfall_rejected_events_total",
    help: "Events that were not taken and are listed at /api/v1/rejections, by reason; floods are counted whole and listed in part",
    labelNames: ["reason"],
  });
  const sites = new Map<number, string>();

  function labelOf(siteId: number): string {
    const known = sites.get(siteId);
    if (known !== undefined) return known;
    if (sites.size >= MAX_SITES) return OTHER_SITES;
    const label = websiteIdOf({ id: siteId });
    sites.set(siteId, label);
    return label;
  }

  return {
    rejected: (reason: string): void => countRejection(1, reason),
    turnedAway: (dialect: string, why: string): void => count(1, NO_SITE, dialect, why),
    /** What became of a dialect's events that reached the store. */
    eventsOf(dialect: string): ObserveEvents {
      return (siteId, outcome, events) => count(events, labelOf(siteId), dialect, outcome);
    },
  };
}
