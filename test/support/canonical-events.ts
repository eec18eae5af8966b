import fc from "fast-check";
import type { NewEvent, SitelessEvent } from "../../src/domain/event.ts";
import { isCleanText, parseJson } from "../../src/domain/text.ts";

/** Whatever any API could have stored: every column, in every form that it can have. */
const cleanText = (minLength: number, maxLength: number) =>
  fc
    .oneof(
      { weight: 3, arbitrary: fc.string({ minLength, maxLength, unit: "binary" }) },
      { weight: 2, arbitrary: fc.string({ minLength, maxLength, unit: fc.constantFrom(...'",\r\n\t=;ü😀\u2028\\ ') }) },
    )
    .filter((text) => text.length >= minLength && isCleanText(text));

const text = fc.option(
  fc.oneof(cleanText(0, 12), fc.constantFrom("", "null", "1.10", "true", "=1+1", "2026-01-01", "{}", '""')),
);

const number = fc.oneof(
  fc.constantFrom("0", "-0", "1.10", "1e400", "5e-324", "9007199254740993", "0.1", "1E5"),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => JSON.stringify(value)),
);
const key = fc.oneof(cleanText(0, 6), fc.constantFrom("a", "", "0", "10", "__proto__", "properties", "data"));

const { json, members } = fc.letrec<{ json: string; members: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("null", "true", "false"),
    number,
    cleanText(0, 8).map((value) => JSON.stringify(value)),
    fc.array(tie("json"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`),
    tie("members"),
  ),
  members: fc
    .array(fc.tuple(key, tie("json")), { maxLength: 4 })
    .map((entries) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`),
}));

/** The objects of bodies, as decoders write them down. */
const object = fc
  .oneof(
    members,
    json.map((value) => `{"a":${value}}`),
  )
  .map((text) => JSON.stringify(parseJson(text)));

/** `properties` alone, something beside it, or neither. */
const data = fc
  .tuple(fc.option(object), fc.option(object, { freq: 1 }), fc.boolean())
  .map(([properties, rest, isFirst]) => {
    const parts = [
      ...(properties === null ? [] : [`"properties":${properties}`]),
      ...(rest === null ? [] : [`"user":${rest},"pageTitle":"a"`]),
    ];
    return parts.length === 0 ? null : `{${(isFirst ? parts : parts.reverse()).join(",")}}`;
  });

const YEAR_1 = -62_135_596_800_000;
const YEAR_9999 = 253_402_300_799_999;

export const canonicalEvent: fc.Arbitrary<SitelessEvent> = fc.record({
  type: cleanText(0, 8),
  name: text,
  // Few different times as well, so that ids must break ties.
  occurredAt: fc.oneof(fc.integer({ min: YEAR_1, max: YEAR_9999 }), fc.constantFrom(YEAR_1, -1, 0, 1, YEAR_9999)),
  occurredSub: fc.constantFrom(0, 1, 70, 9_999),
  visitorId: text,
  sessionId: text,
  url: text,
  path: text,
  // Also one that today's tables know, of an event that was stored before they did.
  referrer: fc.oneof({ weight: 4, arbitrary: text }, fc.constant("https://chatgpt.com/")),
  device: text,
  browser: text,
  os: text,
  country: text,
  region: text,
  city: text,
  botName: text,
  botCompany: text,
  aiSource: text,
  clickId: text,
  customerKey: text,
  valueMicros: fc.option(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, 1, -1, 99_990_000, 9_007_199_254_740_991))),
  currency: text,
  isTest: fc.boolean(),
  dedupeKey: fc.option(
    fc.tuple(fc.constantFrom("e:", "t:", "i:", "x:"), cleanText(1, 8)).map(([prefix, name]) => prefix + name),
  ),
  data,
});

/** Events of a site; of those that share a dedupe key, a store keeps the first. */
export const placed = (siteId: number, events: readonly SitelessEvent[]): NewEvent[] =>
  events.map((event) => ({ ...event, siteId }));
