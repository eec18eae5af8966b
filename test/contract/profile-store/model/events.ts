import fc from "fast-check";
import { type Json, type Row, timeOf } from "./values.ts";

/** Few letters, so that texts meet: both cases, letters beyond ASCII, and what SQL, GLOB and JSON take for their own. */
const LETTERS = [
  "a",
  "A",
  "b",
  "B",
  "ä",
  "Ä",
  "é",
  "Ж",
  "ж",
  "中",
  "😀",
  "1",
  "0",
  " ",
  "-",
  "_",
  ".",
  "*",
  "?",
  "[",
  "]",
  "'",
  '"',
  "\\",
  "%",
];

export const word = fc.array(fc.constantFrom(...LETTERS), { maxLength: 5 }).map((letters) => letters.join(""));

/** Texts that look like something else. */
const lookalike = fc.constantFrom(
  "5",
  "05",
  "-5",
  "1.5",
  "true",
  "null",
  "2026-06-15",
  "2026-06-15T12:00:00.1234567Z",
  "",
  "x",
);

const json: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, 5, -5, 1.5, 170, {}, []),
  word,
  lookalike,
  fc.array(fc.oneof<fc.Arbitrary<Json>[]>(fc.constantFrom<Json>(1, 2, 5, null, true), word), { maxLength: 3 }),
);

/** Names of members, some of which need quotes or brackets. */
export const KEYS = ["a", "b", "list", "content-type", "2", 'quo"te'] as const;

const payload = fc.option(
  fc.dictionary(fc.constantFrom(...KEYS), fc.oneof(json, fc.record({ a: json, deep: fc.record({ b: json }) })), {
    maxKeys: 5,
  }),
);
const user = fc.option(fc.record({ Email: fc.oneof(word, fc.constant(null)), Name: word }, { requiredKeys: [] }));

const time = fc.constantFrom(
  "0001-01-01T00:00:00.0000000Z",
  "1969-12-31T23:59:59.9999999Z",
  "2019-03-09T23:59:59.9999999Z",
  "2019-03-10T00:00:00.0000000Z",
  "2019-03-10T12:30:15.1234567Z",
  "2019-03-11T00:00:00.0000000Z",
  "2024-02-29T08:00:00.0010000Z",
  "2026-06-14T00:00:00.0000000Z",
  "2026-06-15T12:00:00.1234567Z",
  "9999-12-31T23:59:59.9999999Z",
);

export interface TrackBody {
  readonly [name: string]: Json;
}

export const trackBody: fc.Arbitrary<TrackBody> = fc.record(
  {
    DeviceId: fc.constantFrom("d1", "d2", "a@b.com"),
    EventType: fc.constantFrom("pageview", "Pageview", "click", "ä"),
    Value: fc.oneof(word, lookalike),
    PageTitle: word,
    SessionId: fc.constantFrom("s1", "", "S1"),
    City: fc.constantFrom("Malmö", "MALMÖ", "malmö", "Berlin", ""),
    CountryCode: fc.constantFrom("SE", "DE"),
    EventTime: time,
    Payload: payload,
    User: user,
  },
  { requiredKeys: ["DeviceId", "EventType", "Value", "EventTime"] },
) as fc.Arbitrary<TrackBody>;

/** The string columns that queries are made of. */
export const STRINGS = [
  "DeviceId",
  "EventType",
  "Value",
  "PageTitle",
  "SessionId",
  "City",
  "CountryCode",
  "PageUri",
] as const;

export function rowOf(body: TrackBody): Row {
  const text = (name: string): string | null => (typeof body[name] === "string" ? body[name] : null);
  return {
    strings: Object.fromEntries(STRINGS.map((name) => [name, text(name)])),
    time: timeOf(String(body.EventTime)),
    User: body.User ?? null,
    Payload: body.Payload ?? null,
  };
}
