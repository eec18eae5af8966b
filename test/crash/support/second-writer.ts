/**
 * Writes to a database beside its server, as commands do: `bun second-writer.ts <database> <name> [hasty]`.
 *
 * Says on standard output what it sends and what was stored, a line of JSON each, so that all of it
 * is known when it is killed. Ends by itself after SIGTERM. `hasty`: as a control, it says "stored"
 * before it is.
 */
import { writeSync } from "node:fs";
import { emptyEvent, eventIdKey, type NewEvent } from "../../../src/domain/event.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { createLogger } from "../../../src/lib/log.ts";
import { openStore } from "../../../src/store/open-store.ts";
import type { SentEvent } from "./ledger.ts";

/** What a line says. */
export type WriterLine = { readonly sent: SentEvent } | { readonly stored: string; readonly id: string };

const BATCHES_AT_ONCE = 4;
const BATCH = 10;

const [path = "", name = "", mode] = process.argv.slice(2);
const say = (line: WriterLine) => writeSync(1, `${JSON.stringify(line)}\n`);

await using store = await openStore({
  location: { kind: "file", path },
  durability: "full",
  clock: systemClock,
  log: createLogger("warn"),
  role: "command",
  readDeadlineMs: 10_000,
  onWriterDeath: (cause) => {
    throw cause;
  },
});
const site = await store.sites.findSite({ by: "scope", text: "default" });
if (!site) throw new Error("The database has no default site");

let isStopped = false;
process.once("SIGTERM", () => {
  isStopped = true;
});

let count = 0;
async function writeBatches(siteId: number): Promise<void> {
  while (!isStopped) {
    const events = Array.from({ length: BATCH }, () => nextEvent());
    for (const event of events) say({ sent: event });
    if (mode === "hasty") for (const { sessionId } of events) say({ stored: sessionId, id: "0" });
    const results = await store.writer.append(events.map((event) => encode(event, siteId)));
    for (const [position, result] of results.entries()) {
      if (result.outcome === "rejected") throw new Error(result.reason);
      say({ stored: events[position]?.sessionId ?? "", id: result.id.toString(36) });
    }
  }
}

function nextEvent(): SentEvent {
  count += 1;
  return {
    eventId: `${name}-${count}`,
    eventType: "custom",
    url: `https://shop.example.com/${name}/${count}`,
    sessionId: `session-${name}-${count}`,
    visitorId: name,
    timestamp: Date.UTC(2026, 0, 1) + count,
    properties: { count },
  };
}

function encode(event: SentEvent, siteId: number): NewEvent {
  return {
    ...emptyEvent({ type: event.eventType, occurredAt: event.timestamp }),
    siteId,
    url: event.url,
    sessionId: event.sessionId,
    visitorId: event.visitorId,
    dedupeKey: event.eventId === null ? null : eventIdKey(event.eventId),
    data: JSON.stringify({ properties: event.properties }),
  };
}

await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, () => writeBatches(site.id)));
