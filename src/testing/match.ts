import { expect } from "bun:test";
import type { ExpectedEvent, StoredEvent } from "./testing.d.ts";

/** A place where an event is not as expected. */
export interface Difference {
  /** `properties.plan` */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

const ALIASES: Readonly<Record<string, string>> = { type: "eventType", name: "eventName" };

/** Where the event differs from what is expected; nowhere: it is like it. */
export function differencesOf(event: StoredEvent, like: ExpectedEvent): readonly Difference[] {
  const fields = Object.entries(like).map(([field, expected]) => [ALIASES[field] ?? field, expected]);
  return compare(event, Object.fromEntries(fields), "");
}

function compare(actual: unknown, expected: unknown, path: string): readonly Difference[] {
  // What is undefined has not been said.
  if (expected === undefined) return [];
  if (!isFields(expected)) return isLike(actual, expected) ? [] : [{ path, expected, actual }];
  if (!isFields(actual)) return [{ path, expected, actual }];
  return Object.entries(expected).flatMap(([field, value]) =>
    compare(actual[field], value, path === "" ? field : `${path}.${field}`),
  );
}

/** An object of which some fields are looked at: no array, no regular expression, no matcher of `expect`. */
const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(value) === "[object Object]";

function isLike(actual: unknown, expected: unknown): boolean {
  if (expected instanceof RegExp) return typeof actual === "string" && actual.search(expected) !== -1;
  if (typeof expected !== "object" || expected === null) return Object.is(actual, expected);
  try {
    // A matcher, or an array that may hold some: only `expect` knows how to ask them.
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
