/** Strings as JSON source that must be refused wherever they stand: SQLite cannot give them back. */
export const UNCLEAN_STRINGS: readonly string[] = [
  String.raw`"a\ud800b"`,
  String.raw`"\uD800"`,
  String.raw`"\udc00"`,
  String.raw`"\udfff tail"`,
  String.raw`"\ud800\ud800"`,
  String.raw`"\udc00\ud800"`,
  String.raw`"\ud83dx\ude00"`,
  String.raw`"\\\ud800"`,
  String.raw`"\u0000"`,
  String.raw`"a\u0000b"`,
];

/** Strings as JSON source that look dangerous and must come back as they are. */
export const CLEAN_STRINGS: readonly string[] = [
  String.raw`"\ud83d\ude00"`,
  String.raw`"\\ud800"`,
  String.raw`"\\u0000"`,
  String.raw`"\u0001\u001f\u007f\u0080"`,
  String.raw`"\u2028\u2029\ufeff\ufffe\uffff\ufffd"`,
  String.raw`"\b\f\n\r\t\"\/\\"`,
  `"'; DROP TABLE events; --"`,
  `"%00 %ED%A0%80 \${x} {{x}} <script>"`,
  `"e\u0301 \u202eabc \u200d\u{10ffff}"`,
  `""`,
];

/** Bytes that are not UTF-8; they are put inside a string of a body. */
export const INVALID_UTF8: Readonly<Record<string, readonly number[]>> = {
  "a byte that no text has": [0xff],
  "a lone continuation": [0x80],
  "a high surrogate": [0xed, 0xa0, 0x80],
  "a pair of surrogates": [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  "an overlong NUL": [0xc0, 0x80],
  "an overlong slash": [0xe0, 0x80, 0xaf],
  "the half of a character": [0xe2, 0x82],
  "what lies above U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
};

/** Number literals that a double holds exactly, or cannot hold at all. */
export const NUMBERS: readonly string[] = [
  ..."0 -0 -0.0 0e5 1 -1 100 1.10 1.0 1e2 1E5 1e-7 0.1 0.30000000000000004".split(" "),
  ..."9007199254740991 9007199254740992 9007199254740993 -9007199254740993 9223372036854775807".split(" "),
  ..."18446744073709551616 123456789012345678901234567890 1e400 -1e400 1e-400 5e-324 4.9e-324".split(" "),
  ..."1.7976931348623157e308 1.7976931348623159e308 0.1000000000000000055511151231257827 1e21 12345678.12345678901".split(
    " ",
  ),
];

/** The keys of objects that are properties of every object, or read as positions. */
export const KEYS: readonly string[] = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "", "0"];

/** `open` as often, then `close` as often. */
export const nest = (depth: number, open: string, close: string, inner = "1"): string =>
  open.repeat(depth) + inner + close.repeat(depth);

/**
 * A number literal in one form: two that stand for the same decimal number give the same text.
 * The sign of zero counts.
 */
export function canonicalNumber(literal: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return `${sign}0`;
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}
