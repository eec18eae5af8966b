import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { NO_HINTS } from "./enrichment.ts";
import { eventIdKey, MAX_VALUE, type NewEvent, toMicros } from "./event.ts";
import { ownIdOf } from "./exported-event.ts";
import type { DecodedLine, LineDecoder } from "./import-events.ts";
import { decodeExportedLine, exportedLineValidator, isExportedLine } from "./import-exported-line.ts";
import { fieldsOf } from "./import-fields.ts";
import { type ExactTime, parseIsoTime } from "./import-time.ts";
import { pathOfUrl } from "./page-url.ts";
import type { Site } from "./site.ts";
import { isRawNumber, isShallow, parseJson, truncateText } from "./text.ts";

const MAX_URL_LENGTH = 2_048;

/** As JSON, in UTF-16 units. */
const MAX_PROPERTIES_LENGTH = 32 * 1024;

/** 2000-01-01 UTC: a smaller number of ms is a mistake in the unit. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);

/** Null means the same as leaving the field out. `wrong` follows the field's name in the reason. */
const optional = <Schema extends TSchema>(schema: Schema, wrong: string) =>
  Type.Optional(Type.Union([schema, Type.Null()], { wrong }));

const text = (minLength: number, maxLength: number) =>
  optional(
    Type.String({ minLength, maxLength }),
    minLength === 0
      ? `must be a text of at most ${maxLength} characters`
      : `must be a text of ${minLength} to ${maxLength} characters`,
  );

/** An event of the collection API as one line, but for its tracking code (the import names the site), and more. */
const JsonLine = Type.Object(
  {
    eventType: Type.String({ minLength: 1, maxLength: 100, wrong: "must be a text of 1 to 100 characters" }),
    timestamp: Type.Union([Type.Number(), Type.String()], {
      wrong: "must be milliseconds since 1970 or an ISO 8601 time",
    }),
    url: text(1, MAX_URL_LENGTH),
    referrer: optional(Type.String(), "must be a text"),
    sessionId: text(1, 200),
    visitorId: text(1, 200),
    deviceType: text(0, 100),
    browser: text(0, 100),
    os: text(0, 100),
    location: text(0, 100),
    region: text(0, 100),
    city: text(0, 100),
    botName: text(0, 100),
    botCompany: text(0, 100),
    aiSource: text(0, 100),
    clickId: text(1, 200),
    customerKey: text(1, 200),
    isTest: optional(Type.Boolean(), "must be true or false"),
    eventId: text(1, 128),
    eventName: text(1, 100),
    value: optional(
      Type.Number({ minimum: -MAX_VALUE, maximum: MAX_VALUE }),
      `must be a number between -${MAX_VALUE} and ${MAX_VALUE}`,
    ),
    currency: optional(Type.RegExp(/^[A-Za-z]{3}$/), 'must be an ISO 4217 code such as "USD"'),
    properties: optional(Type.Record(Type.String(), Type.Unknown()), "must be an object"),
    userAgent: optional(Type.String(), "must be a text"),
  },
  { wrong: "must be a JSON object" },
);
type JsonLine = Static<typeof JsonLine>;

const validator = TypeCompiler.Compile(JsonLine);

/**
 * JSON lines in the field names of the collection API, and lines of an export → events of a site.
 * Fields it does not know are ignored.
 */
export function createJsonLineDecoder(options: { readonly site: Pick<Site, "id" | "trackingCode"> }): LineDecoder {
  const { site } = options;
  return (line) => {
    const value = parse(line);
    if (value === undefined) {
      return rejected("Is not valid JSON, or holds NUL characters or unpaired surrogates");
    }
    return isExportedLine(value) ? decodeReturning(site, value) : decodeNew(site, value);
  };
}

function decodeReturning(site: Pick<Site, "id" | "trackingCode">, value: unknown): DecodedLine {
  if (!exportedLineValidator.Check(value)) return rejected(firstProblem(exportedLineValidator, value));
  const decoded = decodeExportedLine(site.id, value);
  if ("reason" in decoded) return rejected(decoded.reason);
  return { outcome: "event", event: decoded.event, hints: null, returning: { ownId: ownIdOf(value.dedupeKey, site) } };
}

function decodeNew(site: Pick<Site, "id">, value: unknown): DecodedLine {
  if (!validator.Check(value)) return rejected(firstProblem(validator, value));
  const time = toTime(value.timestamp);
  if (typeof time === "string") return rejected(time);
  const path = value.url == null ? null : pathOfUrl(value.url);
  if (value.url != null && path === null) return rejected("url: must be an http or https URL");
  const properties = encodeProperties(value.properties);
  if (!properties.ok) return rejected(properties.reason);
  return {
    outcome: "event",
    event: toEvent(site.id, value, { time, path, properties: properties.json }),
    hints: value.userAgent == null ? null : { ...NO_HINTS, userAgent: value.userAgent },
  };
}

const rejected = (reason: string) => ({ outcome: "rejected", reason }) as const;

/** Undefined is no value of JSON. */
function parse(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
}

/** `url: must be a text of 1 to 2048 characters`. */
function firstProblem(schema: TypeCheck<TSchema>, value: unknown): string {
  const error = schema.Errors(value).First();
  const field = error?.path.split("/")[1] ?? "";
  if (field === "") return "Is no JSON object";
  return `${field}: ${error?.value === undefined ? "is required" : String(error.schema.wrong)}`;
}

function toEvent(
  siteId: number,
  line: JsonLine,
  derived: { time: ExactTime; path: string | null; properties: string | null },
): NewEvent {
  return {
    ...fieldsOf(line),
    siteId,
    type: line.eventType,
    occurredAt: derived.time.ms,
    occurredSub: derived.time.sub,
    path: derived.path,
    referrer: line.referrer ? truncateText(line.referrer, MAX_URL_LENGTH) : null,
    valueMicros: line.value == null ? null : toMicros(line.value),
    currency: line.currency?.toUpperCase() ?? null,
    dedupeKey: line.eventId == null ? null : eventIdKey(line.eventId),
    data: derived.properties === null ? null : `{"properties":${derived.properties}}`,
  };
}

/** The reason where it is no time. A text may be of any year: it cannot be in the wrong unit. */
function toTime(timestamp: JsonLine["timestamp"]): ExactTime | string {
  if (typeof timestamp === "string") {
    return parseIsoTime(timestamp) ?? "timestamp: must be milliseconds since 1970 or an ISO 8601 time";
  }
  if (timestamp < EARLIEST_MS)
    return "timestamp: must be milliseconds since 1970, from the year 2000 on (are these seconds?)";
  return { ms: Math.floor(timestamp), sub: 0 };
}

function encodeProperties(
  properties: JsonLine["properties"],
): { ok: true; json: string | null } | { ok: false; reason: string } {
  if (properties == null) return { ok: true, json: null };
  // A number beyond double precision is an object to the validator.
  if (isRawNumber(properties)) return { ok: false, reason: "properties: must be an object" };
  if (!isShallow(properties)) return { ok: false, reason: "properties: must be at most 16 levels deep" };
  const json = JSON.stringify(properties);
  if (json.length > MAX_PROPERTIES_LENGTH) return { ok: false, reason: "properties: must be at most 32 KiB as JSON" };
  return { ok: true, json };
}
