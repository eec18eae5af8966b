import { type Static, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import type { NewEvent, ReturningEvent } from "./event.ts";
import type { EXPORT_FIELDS } from "./exported-event.ts";
import { fieldsOf } from "./import-fields.ts";
import { parseIsoTime } from "./import-time.ts";
import { parseMicros } from "./micros.ts";
import { isRawNumber, isShallow, MAX_JSON_DEPTH } from "./text.ts";

/** A prefix by origin and a name, see {@link NewEvent}; far above what any API takes. */
const DEDUPE_KEY = /^[a-z]:.{1,1000}$/s;

/** What is stored beside an event may hold what its API took, some levels down. */
const MAX_DEPTH = 2 * MAX_JSON_DEPTH;

const Text = Type.Optional(Type.Union([Type.String(), Type.Null()], { wrong: "must be a text" }));
const Time = { wrong: "must be an ISO 8601 time" };
const Free = Type.Optional(
  Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], { wrong: "must be an object" }),
);

/**
 * An event as an export writes it. It was checked when it first came in, by the rules of its API; so
 * texts may be of any length here and times of any year. Fields that were taken out count as null.
 */
const ExportedLine = Type.Object(
  {
    dedupeKey: Type.RegExp(DEDUPE_KEY, { wrong: "must be that of an exported event" }),
    eventType: Type.String({ wrong: "must be a text" }),
    eventName: Text,
    timestamp: Type.String(Time),
    createdAt: Type.Optional(Type.Union([Type.String(), Type.Null()], Time)),
    visitorId: Text,
    sessionId: Text,
    url: Text,
    path: Text,
    referrer: Text,
    deviceType: Text,
    browser: Text,
    os: Text,
    location: Text,
    region: Text,
    city: Text,
    botName: Text,
    botCompany: Text,
    aiSource: Text,
    clickId: Text,
    customerKey: Text,
    currency: Text,
    isTest: Type.Optional(Type.Union([Type.Boolean(), Type.Null()], { wrong: "must be true or false" })),
    value: Type.Optional(Type.Unknown()),
    properties: Free,
    data: Free,
  } satisfies Record<(typeof EXPORT_FIELDS)[number], unknown>,
  { wrong: "must be a JSON object" },
);
type ExportedLine = Static<typeof ExportedLine>;

export const exportedLineValidator = TypeCompiler.Compile(ExportedLine);

/** Whether a line is one of an export: no other has a `dedupeKey`. */
export function isExportedLine(value: unknown): boolean {
  return typeof value === "object" && value !== null && "dedupeKey" in value && value.dedupeKey !== null;
}

type Decoded = { readonly event: NewEvent | ReturningEvent } | { readonly reason: string };

/** A line that the validator has passed → the event as it was. */
export function decodeExportedLine(siteId: number, line: ExportedLine): Decoded {
  const time = parseIsoTime(line.timestamp);
  if (!time) return { reason: `timestamp: ${Time.wrong}` };
  const createdAt = line.createdAt == null ? null : parseIsoTime(line.createdAt);
  if (line.createdAt != null && !createdAt) return { reason: `createdAt: ${Time.wrong}` };
  const valueMicros = toMicros(line.value);
  if (valueMicros === undefined) return { reason: "value: must be a number of at most 15 digits" };
  const wrong = (["properties", "data"] as const).find(
    (field) => isRawNumber(line[field]) || !isShallow(line[field], MAX_DEPTH),
  );
  if (wrong) return { reason: `${wrong}: must be an object of at most ${MAX_DEPTH} levels` };
  return {
    event: {
      ...fieldsOf(line),
      siteId,
      type: line.eventType,
      occurredAt: time.ms,
      occurredSub: time.sub,
      path: line.path ?? null,
      referrer: line.referrer ?? null,
      valueMicros,
      currency: line.currency ?? null,
      dedupeKey: line.dedupeKey,
      data: encodeData(line),
      ...(createdAt ? { receivedAt: createdAt.ms } : {}),
    },
  };
}

/** Undefined for what is no amount. */
function toMicros(value: unknown): number | null | undefined {
  if (value == null) return null;
  const literal = isRawNumber(value) ? (value as { rawJSON: string }).rawJSON : String(value);
  const isNumber = typeof value === "number" || isRawNumber(value);
  return isNumber ? (parseMicros(literal) ?? undefined) : undefined;
}

/** The properties stand first, as they do wherever an API stores some. */
function encodeData({ properties, data }: ExportedLine): string | null {
  if (properties == null && data == null) return null;
  return JSON.stringify({ ...(properties == null ? {} : { properties }), ...data });
}
