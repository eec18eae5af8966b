/**
 * What queries mean, in plain TypeScript and without SQL: written from the documents of the two
 * languages, and sharing no code with what it is compared with.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A track event as the evaluators see it. */
export interface Row {
  readonly strings: Readonly<Record<string, string | null>>;
  /** 100 ns since 0001-01-01. */
  readonly time: bigint;
  readonly User: Json;
  readonly Payload: Json;
}

/** Of every type but the JSON ones; null is the missing value. Times and longs are bigint. */
export type Scalar = null | boolean | number | bigint | string;

const EPOCH = 621_355_968_000_000_000n;
export const TICK = { ms: 10_000n, second: 10_000_000n, hour: 36_000_000_000n, day: 864_000_000_000n } as const;
export const MAX_TIME = 3_155_378_975_999_999_999n;

export const timeOf = (iso: string): bigint => {
  const [, whole = "", fraction = ""] = /^(.*?)(?:\.(\d+))?Z$/.exec(iso) ?? [];
  return BigInt(Date.parse(`${whole}Z`)) * TICK.ms + EPOCH + BigInt(fraction.padEnd(7, "0"));
};

export const dateOf = (ticks: bigint): Date =>
  new Date(Number((ticks - EPOCH - (((ticks % TICK.ms) + TICK.ms) % TICK.ms)) / TICK.ms));

export function isoOf(ticks: bigint): string {
  const whole = ticks - (ticks % TICK.second);
  return `${dateOf(whole).toISOString().slice(0, 19)}.${String(ticks % TICK.second).padStart(7, "0")}Z`;
}

export function spanOf(ticks: bigint): string {
  const size = ticks < 0n ? -ticks : ticks;
  const two = (n: bigint) => String(n).padStart(2, "0");
  const days = size / TICK.day;
  const clock = [(size / TICK.hour) % 24n, (size / (TICK.second * 60n)) % 60n, (size / TICK.second) % 60n]
    .map(two)
    .join(":");
  const fraction = size % TICK.second;
  return `${ticks < 0n ? "-" : ""}${days > 0n ? `${days}.` : ""}${clock}${fraction > 0n ? `.${String(fraction).padStart(7, "0")}` : ""}`;
}

/** What lies below, undefined where nothing does. */
export function at(json: Json | undefined, ...keys: readonly (string | number)[]): Json | undefined {
  let current = json;
  for (const key of keys) {
    if (Array.isArray(current) && typeof key === "number") current = current.at(key);
    else if (typeof current === "object" && current !== null && !Array.isArray(current) && typeof key === "string") {
      current = Object.hasOwn(current, key) ? (current as Record<string, Json>)[key] : undefined;
    } else return undefined;
  }
  return current;
}

export const isLetter = (letter: string | undefined): boolean => letter !== undefined && /[\p{L}\p{N}]/u.test(letter);

/** Whether a text has a term: its letters with no letter or digit beside them. */
export function hasTerm(
  text: string,
  term: string,
  edges: { readonly start: boolean; readonly end: boolean },
): boolean {
  const [letters, wanted] = [[...text], [...term]];
  for (let from = 0; from + wanted.length <= letters.length; from++) {
    if (!wanted.every((letter, offset) => letters[from + offset] === letter)) continue;
    const startFits = !edges.start || !isLetter(wanted[0]) || !isLetter(letters[from - 1]);
    const endFits = !edges.end || !isLetter(wanted.at(-1)) || !isLetter(letters[from + wanted.length]);
    if (startFits && endFits) return true;
  }
  return false;
}

/** Three-valued: null is unknown. */
export function allOf(values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(false)) return false;
  return values.includes(null) ? null : true;
}
export function anyOf(values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(true)) return true;
  return values.includes(null) ? null : false;
}
export const notOf = (value: boolean | null): boolean | null => (value === null ? null : !value);

/** Order by code point. */
export function compareText(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}
