import fc from "fast-check";

/**
 * JSON documents as they may be written, with what they mean: every way to write a text, numbers
 * that no double holds, repeated keys, names of JavaScript's own, and texts that cannot be stored.
 */
export type Json =
  | { readonly kind: "literal"; readonly text: "null" | "true" | "false" }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly value: string; readonly text: string }
  | { readonly kind: "array"; readonly items: readonly Json[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [key: Text, value: Json])[] };

export type Text = Extract<Json, { kind: "string" }>;

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));

const numberText = fc.oneof(
  fc.constantFrom("0", "-0", "-0.0", "0e5", "-0e-5", "1e400", "-1e400", "1e-400", "4.9e-324", "5e-324", "1.10", "1.0"),
  fc.constantFrom("9007199254740993", "-9007199254740993", "0.1", "1E5", "100000000000000000000000", "1e23"),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.constantFrom("", "-"), digits(30), fc.option(digits(30)), fc.option(fc.integer({ min: -400, max: 400 })))
    .map(([sign, whole, fraction, exponent]) => {
      const integer = whole.replace(/^0+(?=\d)/, "");
      return `${sign}${integer}${fraction === null ? "" : `.${fraction}`}${exponent === null ? "" : `e${exponent}`}`;
    }),
);

const character = fc.oneof(
  { weight: 20, arbitrary: fc.string({ minLength: 1, maxLength: 4, unit: "binary" }) },
  { weight: 5, arbitrary: fc.constantFrom("\\", '"', "/", "\n", "\u2028", "\u007f", "e\u0301", "😀", "\u{10ffff}") },
  { weight: 1, arbitrary: fc.constantFrom("\0", "\ud800", "\udbff", "\udc00", "\udfff", "\udc00\ud800") },
);

/** A text, each unit of it written as itself or as an escape. */
const text: fc.Arbitrary<Text> = fc
  .tuple(fc.array(character, { maxLength: 5 }), fc.infiniteStream(fc.nat({ max: 3 })))
  .map(([characters, choices]) => {
    const value = characters.join("");
    const written = Array.from({ length: value.length }, (_, index) => {
      const unit = value.charCodeAt(index);
      const choice = choices.next().value as number;
      const mustEscape = unit < 0x20 || (unit >= 0xd800 && unit <= 0xdfff && !isPaired(value, index));
      if (mustEscape || (choice === 0 && !(unit >= 0xd800 && unit <= 0xdfff))) {
        const hex = unit.toString(16).padStart(4, "0");
        return `\\u${choice === 1 ? hex.toUpperCase() : hex}`;
      }
      return unit === 0x22 || unit === 0x5c ? `\\${value[index]}` : value.charAt(index);
    });
    return { kind: "string", value, text: `"${written.join("")}"` };
  });

function isPaired(value: string, index: number): boolean {
  const unit = value.charCodeAt(index);
  const [before, after] = [value.charCodeAt(index - 1), value.charCodeAt(index + 1)];
  return unit < 0xdc00 ? after >= 0xdc00 && after <= 0xdfff : before >= 0xd800 && before < 0xdc00;
}

const asText = (value: string): Text => ({ kind: "string", value, text: JSON.stringify(value) });

const key = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 4, arbitrary: fc.constantFrom("a", "b", "", "0", "10", "2", "__proto__", "constructor").map(asText) },
);

const { document } = fc.letrec<{ document: Json; nested: Json }>((tie) => ({
  document: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom("null", "true", "false").map((literal): Json => ({ kind: "literal", text: literal })),
    numberText.map((number): Json => ({ kind: "number", text: number })),
    text,
    tie("nested"),
  ),
  nested: fc.oneof(
    fc.array(tie("document"), { maxLength: 4 }).map((items): Json => ({ kind: "array", items })),
    fc.array(fc.tuple(key, tie("document")), { maxLength: 5 }).map((entries): Json => ({ kind: "object", entries })),
  ),
}));

export const jsonDocument: fc.Arbitrary<Json> = document;

/** The document as text. */
export function write(json: Json): string {
  switch (json.kind) {
    case "array":
      return `[${json.items.map(write).join(", ")}]`;
    case "object":
      return `{${json.entries.map(([name, value]) => `${name.text}:${write(value)}`).join(",")}}`;
    default:
      return json.text;
  }
}

/** What a reader takes of it: of equal keys the last one. */
export function meaningOf(json: Json): Json {
  switch (json.kind) {
    case "array":
      return { kind: "array", items: json.items.map(meaningOf) };
    case "object": {
      const last = new Map(json.entries.map(([name, value]) => [name.value, [name, meaningOf(value)] as const]));
      return { kind: "object", entries: [...last.values()] };
    }
    default:
      return json;
  }
}

/** How deep it nests. */
export function depthOf(json: Json): number {
  const children =
    json.kind === "array" ? json.items : json.kind === "object" ? json.entries.map((entry) => entry[1]) : null;
  return children === null ? 0 : 1 + Math.max(0, ...children.map(depthOf));
}

/** Every text and key in it. */
export function textsOf(json: Json): string[] {
  switch (json.kind) {
    case "string":
      return [json.value];
    case "array":
      return json.items.flatMap(textsOf);
    case "object":
      return json.entries.flatMap(([name, value]) => [name.value, ...textsOf(value)]);
    default:
      return [];
  }
}

/** A number as `<sign><digits>e<exponent>`, exact however it was written: `1.50e3` and `1500` are the same. */
export function exactNumber(literal: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const mantissa = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = mantissa.replace(/0+$/, "");
  if (significant === "") return `${sign}0`;
  return `${sign}${significant}e${Number(exponent) - fraction.length + mantissa.length - significant.length}`;
}
