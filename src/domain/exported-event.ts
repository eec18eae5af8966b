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

/** Every field but the last three, in order. */
export function exportedFields(event: StoredEvent, site: Pick<Site, "trackingCode">) {
  return {
    dedupeKey: exportKeyOf(event, site),
    eventType: event.type,
    eventName: event.name,
    timestamp: formatExactTime({ ms: event.occurredAt, sub: event.occurredSub }),
    createdAt: formatExactTime({ ms: event.receivedAt, sub: 0 }),
    visitorId: event.visitorId,
    sessionId: event.sessionId,
    url: event.url,
    path: event.path,
    referrer: event.referrer,
    deviceType: event.device,
    browser: event.browser,
    os: event.os,
    location: event.country,
    region: event.region,
    city: event.city,
    botName: event.botName,
    botCompany: event.botCompany,
    aiSource: event.aiSource,
    clickId: event.clickId,
    customerKey: event.customerKey,
    currency: event.currency,
    isTest: event.isTest,
  };
}

/** The last three fields as JSON texts; null where there is nothing. */
export function exportedTexts(event: StoredEvent) {
  return {
    value: event.valueMicros === null ? null : formatMicros(event.valueMicros),
    properties: event.properties === "null" ? null : event.properties,
    data: besideProperties(event),
  };
}

/** What `data` holds beside the properties. Nearly always nothing, which costs no parsing to find out. */
function besideProperties({ data, properties }: StoredEvent): string | null {
  if (data === null || properties === null) return data;
  if (data.length === `{"properties":${properties}}`.length) return null;
  const { properties: _, ...rest } = parseJson(data) as Record<string, unknown>;
  return Object.keys(rest).length === 0 ? null : JSON.stringify(rest);
}
