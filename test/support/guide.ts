import { expect } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the guides' commands find the server. */
export const GUIDE_HOST = "http://127.0.0.1:3000";

export const readGuide = (name: string): Promise<string> =>
  readFile(join(import.meta.dir, "..", "..", "docs", name), "utf8");

/** A block of commands, with the answer that is shown below it. */
interface Example {
  readonly command: string;
  readonly answer: unknown;
}

export function examplesOf(guide: string): readonly Example[] {
  const blocks = guide.matchAll(/```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?/gs);
  return [...blocks].map(([, command = "", answer]) => ({
    command,
    answer: answer === undefined ? undefined : JSON.parse(answer),
  }));
}

/** What is the same in every answer, letter for letter; the rest is compared in kind. */
const FIXED = [
  "eventType",
  "url",
  "name",
  "domain",
  "message",
  "error",
  "success",
  "eventsCreated",
  "permissions",
  "details",
];

/** Whether an answer is one like the example: it may have more fields. */
export function expectLike(actual: unknown, example: unknown, fixed: readonly string[] = FIXED): void {
  if (Array.isArray(example)) {
    for (const [at, item] of example.entries()) expectLike((actual as unknown[])[at], item, fixed);
  } else if (typeof example === "object" && example !== null) {
    for (const [name, value] of Object.entries(example)) {
      const field = (actual as Record<string, unknown>)[name];
      if (fixed.includes(name)) expect(field).toEqual(value);
      else expectLike(field, value, fixed);
    }
  } else {
    expect(example === null ? actual : typeof actual).toBe(example === null ? null : typeof example);
  }
}
