import { expect } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What the guides call the server. */
export const GUIDE_SERVER = "http://127.0.0.1:3000";

/** A guide of `docs` that shows commands and what they are answered. */
export interface Guide {
  readonly text: string;
  /** The blocks of commands, each with the answer that is shown below it. */
  readonly examples: readonly { readonly command: string; readonly answer: unknown }[];
  /** The programs in JavaScript. */
  readonly scripts: readonly string[];
}

export async function readGuide(name: string): Promise<Guide> {
  const text = await readFile(join(import.meta.dir, "..", "..", "docs", name), "utf8");
  return {
    text,
    examples: [...text.matchAll(/```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?/gs)].map(([, command = "", answer]) => ({
      command,
      answer: answer === undefined ? undefined : JSON.parse(answer),
    })),
    scripts: [...text.matchAll(/```js\n(.*?)```/gs)].map(([, script = ""]) => script),
  };
}

/**
 * Whether an answer is like the one that is shown: `fixed` fields letter for letter, the others in kind.
 * It may have more fields and items than are shown.
 */
export function expectLike(actual: unknown, example: unknown, fixed: readonly string[]): void {
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
