import { type Static, Type } from "@sinclair/typebox";

/**
 * The canonical event: what every dialect decodes to and encodes from.
 *
 * Times are milliseconds since 1970-01-01 UTC. Money is in integer millionths of the currency's
 * major unit, exact for cents and for 99.99. Texts have passed the gate in `text.ts`.
 */
const Text = Type.Union([Type.String(), Type.Null()]);

export const NewEvent = Type.Object({
  siteId: Type.Integer({ minimum: 1 }),
  /** pageview, click, custom, lead, conversion, or any other string (profile-store). */
  type: Type.String(),
  /** Of a custom event or a conversion. */
  name: Text,
  /** When it happened. */
  occurredAt: Type.Integer(),
  /** Ticks of 100 ns below the millisecond, 0 to 9,999: profile-store sends seven digits and gets them back. */
  occurredSub: Type.Integer({ minimum: 0, maximum: 9_999 }),
  visitorId: Text,
  sessionId: Text,
  url: Text,
  path: Text,
  referrer: Text,
  device: Text,
  browser: Text,
  os: Text,
  /** ISO 3166-1 alpha-2, or what the client called its location. */
  country: Text,
  region: Text,
  city: Text,
  botName: Text,
  botCompany: Text,
  aiSource: Text,
  clickId: Text,
  customerKey: Text,
  valueMicros: Type.Union([Type.Integer(), Type.Null()]),
  currency: Text,
  isTest: Type.Boolean(),
  /**
   * Unique per site, with a prefix by origin: `e:` eventId, `t:` transaction id (`tt:` of a test),
   * `c:` first click with an id, `i:` import line, `x:` exported event.
   */
  dedupeKey: Text,
  /** {@link EventData} as JSON text, verbatim: key order and number literals included. */
  data: Text,
});
export type NewEvent = Static<typeof NewEvent>;

/** An event whose site is not known yet, as decoders make it. */
export type SitelessEvent = Omit<NewEvent, "siteId">;

export const StoredEvent = Type.Composite([
  NewEvent,
  Type.Object({
    /** 53 bits; orders and names, nothing else. */
    id: Type.Integer(),
    /** When it was stored. */
    receivedAt: Type.Integer(),
    /** {@link EventData.properties} alone, as JSON text, verbatim. */
    properties: Text,
  }),
]);
export type StoredEvent = Static<typeof StoredEvent>;

/** An event that was stored before, here or elsewhere, and keeps the time at which that was. */
export type ReturningEvent = NewEvent & { readonly receivedAt: number };

/**
 * What `data` may hold. `properties` is the free-form part that every dialect shows under its own
 * name (`properties` in collection, `Payload` in profile-store).
 */
export interface EventData {
  readonly properties?: Properties;
  /** Who the visitor is, as profile-store sends it. */
  readonly user?: Readonly<Record<string, unknown>>;
  readonly pageTitle?: string;
  /** The visitor's IP address, where the client sent it as a field. */
  readonly remoteAddress?: string;
  /** The scope that was sent, where no site has it. */
  readonly scope?: string;
  /** Of a bot, so that it can be looked at again when more is known; a person's is never stored. */
  readonly userAgent?: string;
  /** What the client itself said that this is: nothing that we know later changes it. */
  readonly said?: "bot" | "referral";
}

/** `data` with one more text in front; the rest stays as it is written. */
export function addToData(
  data: string | null,
  name: Exclude<keyof EventData, "properties" | "user">,
  text: string,
): string {
  const member = `${JSON.stringify(name)}:${JSON.stringify(text)}`;
  const rest = data?.trim().slice(1).trimStart();
  return rest === undefined || rest === "}" ? `{${member}}` : `{${member},${rest}`;
}

/** The free-form part of an event. Numbers may be `JSON.rawJSON` objects, as `parseJson` makes them. */
export type Properties = Readonly<Record<string, unknown>>;

/** Properties → {@link NewEvent.data}; what is undefined or null is left out, nothing at all is null. */
export function encodeProperties(properties: Properties): string | null {
  const said = Object.entries(properties).filter(([, value]) => value !== undefined && value !== null);
  return said.length === 0 ? null : JSON.stringify({ properties: Object.fromEntries(said) });
}

/** An event with nothing known about it but what happened and when. */
export function emptyEvent(required: Pick<NewEvent, "type" | "occurredAt">): SitelessEvent {
  return {
    type: required.type,
    name: null,
    occurredAt: required.occurredAt,
    occurredSub: 0,
    visitorId: null,
    sessionId: null,
    url: null,
    path: null,
    referrer: null,
    device: null,
    browser: null,
    os: null,
    country: null,
    region: null,
    city: null,
    botName: null,
    botCompany: null,
    aiSource: null,
    clickId: null,
    customerKey: null,
    valueMicros: null,
    currency: null,
    isTest: false,
    dedupeKey: null,
    data: null,
  };
}

/** `eventId` → dedupe key. */
export const eventIdKey = (eventId: string): string => `e:${eventId}`;

/** Dedupe key → the `eventId` that the client sent, null if it sent none. */
export const eventIdOf = (dedupeKey: string | null): string | null =>
  dedupeKey?.startsWith("e:") ? dedupeKey.slice(2) : null;

const MICROS = 1_000_000;

/** The largest amount of money that is exact as a JavaScript integer of millionths. */
export const MAX_VALUE = Number.MAX_SAFE_INTEGER / MICROS;

/** `99.99` → `99990000`. */
export const toMicros = (value: number): number => Math.round(value * MICROS);

/** `99990000` → `99.99`. */
export const fromMicros = (micros: number | null): number | null => (micros === null ? null : micros / MICROS);
