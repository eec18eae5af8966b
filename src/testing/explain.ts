import { differencesOf } from "./match.ts";
import type { ExpectedEvent, StoredEvent } from "./testing.d.ts";

/** How many events are shown. */
const MAX_SHOWN = 5;

const show = (value: unknown): string => Bun.inspect(value, { depth: 8, compact: true, colors: false });

/** Why an expectation failed: what was there instead, the nearest first. */
export function explainMissing(like: ExpectedEvent, events: readonly StoredEvent[], withinMs: number): string {
  const first = `No event like ${show(like)} within ${withinMs} ms.`;
  if (events.length === 0) return `${first} There was no event at all.`;
  const nearest = events
    .map((event) => ({ event, differences: differencesOf(event, like) }))
    .toSorted((a, b) => a.differences.length - b.differences.length)
    .slice(0, MAX_SHOWN);
  const lines = nearest.flatMap(({ event, differences }) => [
    `  ${[event.eventType, event.eventName, event.url].filter(Boolean).join(" ")}`,
    ...differences.map(({ path, expected, actual }) => `    ${path}: expected ${show(expected)}, was ${show(actual)}`),
  ]);
  const count = events.length === 1 ? "There was one event" : `There were ${events.length} events`;
  return [`${first} ${count}${events.length > 1 ? ", the nearest first" : ""}:`, ...lines].join("\n");
}
