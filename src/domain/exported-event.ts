import type { StoredEvent } from "./event.ts";
import { formatExactTime } from "./import-time.ts";
import { formatMicros } from "./micros.ts";
import type { Site } from "./site.ts";
import { parseJson } from "./text.ts";

/**
 * The fields of an exported event: everything that is stored of it but its site and its id, which
 * another site or server cannot keep. Names are those of the collection API where it has the field.
 *
 * The last three are JSON texts that are put in as they are: as texts or doubles they would lose
 * digits, key order or number literals.
 */
export const EXPORT_FIELDS = [
  "dedupeKey",
  "eventType",
  "eventName",
  "timestamp",
  "createdAt",
  "visitorId",
  "sessionId",
  "url",
  "path",
  "referrer",
  "deviceType",
  "browser",
  "os",
  "location",
  "region",
  "city",
  "botName",
  "botCompany",
  "aiSource",
  "clickId",
  "customerKey",
  "currency",
  "isTest",
  "value",
  "properties",
  "data",
] as const;

/** What an event is called for good: its dedupe key, or where it was stored first. */
export function exportKeyOf(event: Pick<StoredEvent, "id" | "dedupeKey">, site: Pick<Site, "trackingCode">): string {
  return event.dedupeKey ?? `${ORIGIN}${site.trackingCode}.${event.id.toString(36)}`;
}

const ORIGIN = "x:";

/** The id in an export key of `site` itself; null in any other. */
export function ownIdOf(exportKey: string, site: Pick<Site, "trackingCode">): number | null {
  const prefix = `${ORIGIN}${site.trackingCode}.`;
  if (!exportKey.startsWith(prefix)) return null;
  const text = exportKey.slice(prefix.length);
  const id = Number.parseInt(text, 36);
  return Number.isSafeInteger(id) && id.toString(36) === text ? id : null;
}

/** Fields whose values stand in a line as they are stored, by their names in an event. In the line's order. */
export const FIELDS_BEFORE_TIMES = { eventType: "type", eventName: "name" } as const satisfies StoredFields;
export const FIELDS_BEHIND_TIMES = {
  visitorId: "visitorId",
  sessionId: "sessionId",
  url: "url",
  path: "path",
  referrer: "referrer",
  deviceType: "device",
  browser: "browser",
  os: "os",
  location: "country",
  region: "region",
  city: "city",
  botName: "botName",
  botCompany: "botCompany",
  aiSource: "aiSource",
  clickId: "clickId",
  customerKey: "customerKey",
  currency: "currency",
} as const satisfies StoredFields;

type StoredFields = Partial<Record<(typeof EXPORT_FIELDS)[number], keyof StoredEvent>>;

/** An event on its way out. Most of its line the store has written already, and nobody looks into that any more. */
export interface WrittenEvent
  extends Pick<
      StoredEvent,
      "id" | "receivedAt" | "occurredAt" | "occurredSub" | "isTest" | "valueMicros" | "dedupeKey"
    >,
    Pick<StoredEvent, "properties" | "data"> {
  /** {@link FIELDS_BEFORE_TIMES} as members of a JSON object: `"eventType":"click","eventName":null`. */
  readonly beforeTimes: string;
  /** {@link FIELDS_BEHIND_TIMES} likewise. */
  readonly behindTimes: string;
}

/** `timestamp` and `createdAt`. */
export function exportedTimes({ occurredAt, occurredSub, receivedAt }: WrittenEvent): readonly [string, string] {
  return [formatExactTime({ ms: occurredAt, sub: occurredSub }), formatExactTime({ ms: receivedAt, sub: 0 })];
}

/** The last three fields as JSON texts; null where there is nothing. */
export function exportedTexts(event: WrittenEvent) {
  return {
    value: event.valueMicros === null ? null : formatMicros(event.valueMicros),
    properties: event.properties === "null" ? null : event.properties,
    data: besideProperties(event),
  };
}

/** What `data` holds beside the properties. Nearly always nothing, which costs no parsing to find out. */
function besideProperties({ data, properties }: WrittenEvent): string | null {
  if (data === null || properties === null) return data;
  if (data.length === `{"properties":${properties}}`.length) return null;
  const { properties: _, ...rest } = parseJson(data) as Record<string, unknown>;
  return Object.keys(rest).length === 0 ? null : JSON.stringify(rest);
}
