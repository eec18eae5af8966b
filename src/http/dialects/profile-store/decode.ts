import { TypeCompiler } from "@sinclair/typebox/compiler";
import { AppError, type FieldErrors } from "../../../domain/errors.ts";
import { emptyEvent, type SitelessEvent } from "../../../domain/event.ts";
import { type ExactTime, parseIsoTime } from "../../../domain/import-time.ts";
import { rawDepth, rawMembers } from "../../../domain/json-members.ts";
import { pathOfUrl } from "../../../domain/page-url.ts";
import { cleanText, isCleanJson, MAX_JSON_DEPTH, truncateText } from "../../../domain/text.ts";
import { fieldErrors } from "../../validation.ts";
import { TrackEvent } from "./schemas.ts";

/** A track event without its site. */
export interface DecodedTrack {
  readonly event: SitelessEvent;
  /** The scope that was sent; null: none. */
  readonly scope: string | null;
  /** What no column holds, as it was sent; JSON text where it is an object. */
  readonly details: TrackDetails;
}

export interface TrackDetails {
  readonly payload: string | null;
  readonly user: string | null;
  readonly pageTitle: string | null;
  readonly remoteAddress: string | null;
}

/** What the request around an event tells. */
export interface TrackFacts {
  readonly nowMs: number;
  /** The visitor's address as a header says it. */
  readonly remoteAddress: string | null;
}

const eventValidator = TypeCompiler.Compile(TrackEvent);

/** Names by their lower case: clients send them in PascalCase or camelCase. */
const NAMES: ReadonlyMap<string, string> = new Map(
  Object.keys(TrackEvent.properties).map((name) => [name.toLowerCase(), name]),
);

/** The years that a time may be of: those that four digits can write. */
const EARLIEST_MS = Date.parse("0001-01-01T00:00:00Z");
const LATEST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * A parsed track event, and the text that it was parsed from, → an event.
 *
 * @throws `invalid_input` that names every wrong field.
 */
export function decodeTrack(value: unknown, text: string, facts: TrackFacts): DecodedTrack {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidTrack({ body: ["Must be a track event"] });
  }
  const fields = knownFields(value);
  if (!eventValidator.Check(fields)) throw invalidTrack(fieldErrors(eventValidator.Errors(fields)));
  const objects = exactObjects(fields, text);
  const errors: Record<string, string[]> = {};
  for (const [name, json] of Object.entries(objects)) {
    if (rawDepth(json) > MAX_JSON_DEPTH) errors[name] = [`Must be at most ${MAX_JSON_DEPTH} levels deep`];
  }
  const time = decodeTime(fields.EventTime, facts.nowMs);
  if (time === null) errors.EventTime = ["Must be an ISO 8601 time of the years 0001 to 9999"];
  if (Object.keys(errors).length > 0 || time === null) throw invalidTrack(errors);
  return toEvent(fields, time, {
    payload: objects.Payload ?? null,
    user: objects.User ?? null,
    pageTitle: fields.PageTitle ?? null,
    remoteAddress: fields.RemoteAddress ?? facts.remoteAddress,
  });
}

/** By their usual names. @throws `invalid_input` for one that stands there in two ways: which is meant? */
function knownFields(value: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const known = NAMES.get(name.toLowerCase());
    if (known === undefined) continue;
    if (Object.hasOwn(fields, known)) throw invalidTrack({ [known]: ["Must not be given twice"] });
    fields[known] = field;
  }
  return fields;
}

/** Null for what is no time, or of no year that can be written. */
function decodeTime(text: string | null | undefined, nowMs: number): ExactTime | null {
  if (text == null) return { ms: nowMs, sub: 0 };
  const time = parseIsoTime(text);
  return time && time.ms >= EARLIEST_MS && time.ms <= LATEST_MS ? time : null;
}

/** `Payload` and `User` as they were written, where they are objects. */
function exactObjects(fields: TrackEvent, text: string): { Payload?: string; User?: string } {
  const found: { Payload?: string; User?: string } = {};
  if (fields.Payload == null && fields.User == null) return found;
  for (const [name, raw] of rawMembers(text)) {
    const known = NAMES.get(name.toLowerCase());
    if ((known === "Payload" || known === "User") && fields[known] != null) found[known] = cleanJson(raw);
  }
  return found;
}

/** What is kept to the letter passes the gate to the letter, repeated names included. */
function cleanJson(json: string): string {
  if (isCleanJson(json)) return json;
  throw new AppError("invalid_json", "Strings must not contain NUL characters or unpaired surrogates");
}

function toEvent(fields: TrackEvent, time: ExactTime, details: TrackDetails): DecodedTrack {
  const scope = fields.Scope || null;
  return {
    scope,
    details,
    event: {
      ...emptyEvent({ type: fields.EventType, occurredAt: time.ms }),
      occurredSub: time.sub,
      name: fields.Value,
      visitorId: fields.DeviceId,
      sessionId: fields.SessionId ?? null,
      url: fields.PageUri ?? null,
      path: fields.PageUri == null ? null : pathOfUrl(fields.PageUri),
      country: fields.CountryCode ?? null,
      city: fields.City ?? null,
      data: encodeData(details, null),
    },
  };
}

/** What no column holds, as the JSON text that is stored. @param scope where it is not that of the site. */
export function encodeData(
  { payload, user, pageTitle, remoteAddress }: TrackDetails,
  scope: string | null,
): string | null {
  const texts = { pageTitle, remoteAddress, scope };
  const members = [
    ...(payload === null ? [] : [`"properties":${payload}`]),
    ...(user === null ? [] : [`"user":${user}`]),
    ...Object.entries(texts).flatMap(([name, value]) => (value === null ? [] : [`"${name}":${JSON.stringify(value)}`])),
  ];
  return members.length === 0 ? null : `{${members.join(",")}}`;
}

const invalidTrack = (errors: FieldErrors): AppError =>
  new AppError("invalid_input", "Invalid track event", { fieldErrors: errors });

/** The id in a path or a query, null when it can be none. */
export function decodeTrackId(text: string): number | null {
  const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}

/** The header that says a visitor's address. In UTF-16 units: longer ones are cut. */
const MAX_ADDRESS_LENGTH = 100;

export function headerAddress(request: Request): string | null {
  const address = request.headers.get("epi-user-ip-address")?.trim();
  return address ? truncateText(cleanText(address), MAX_ADDRESS_LENGTH) : null;
}
