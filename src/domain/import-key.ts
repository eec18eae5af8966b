import { hash } from "node:crypto";
import QuickLRU from "quick-lru";

/** How many distinct lines are remembered; at most twice as many are kept. */
const REMEMBERED_LINES = 100_000;

/** A line → the dedupe key of its event. */
export type LineKey = (text: string) => string;

/**
 * Keys that make an import repeatable: the same line of the same input gets the same key each time.
 *
 * Equal lines of one input are events of their own (a page asked for twice within a second gives
 * two equal log lines): their number among their like is part of the key. Equal lines that are more
 * than {@link REMEMBERED_LINES} distinct lines apart are taken for one: memory is bounded.
 *
 * Make one per input, never one for several.
 */
export function createLineKey(remembered = REMEMBERED_LINES): LineKey {
  const occurrences = new QuickLRU<string, number>({ maxSize: remembered });
  return (text) => {
    // The first occurrence's digest also names the line in memory, which costs less than its text.
    const first = digest(text, 1);
    const occurrence = (occurrences.get(first) ?? 0) + 1;
    occurrences.set(first, occurrence);
    return `i:${occurrence === 1 ? first : digest(text, occurrence)}`;
  };
}

/** The first 16 bytes of SHA-256: no two lines share them by chance. */
function digest(text: string, occurrence: number): string {
  return hash("sha256", `${text}#${occurrence}`, "buffer").subarray(0, 16).toString("base64url");
}
