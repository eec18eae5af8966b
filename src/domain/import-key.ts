import { hash } from "node:crypto";
import QuickLRU from "quick-lru";

/** How many distinct lines are remembered; at most twice as many are kept. */
const REMEMBERED_LINES = 100_000;

/** A line, and its event's time in ms → the dedupe key of its event. */
export type LineKey = (text: string, occurredAt: number) => string;

/**
 * Keys that make an import repeatable: the same line of the same input gets the same key each time.
 *
 * Equal lines of one input are events of their own (a page asked for twice within a second gives
 * two equal log lines): their number among their like is part of the key. Equal lines that are more
 * than {@link REMEMBERED_LINES} distinct lines apart are taken for one: memory is bounded.
 *
 * The time stands in front of the digest: keys of a log then come in order, and its index grows at
 * one end instead of everywhere, which more than doubles the rate of a large import.
 *
 * Make one per input, never one for several.
 */
export function createLineKey(remembered = REMEMBERED_LINES): LineKey {
  const occurrences = new QuickLRU<string, number>({ maxSize: remembered });
  return (text, occurredAt) => {
    // The first occurrence's digest also names the line in memory, which costs less than its text.
    const first = digest(text, 1);
    const occurrence = (occurrences.get(first) ?? 0) + 1;
    occurrences.set(first, occurrence);
    return `i:${sortable(occurredAt)}.${occurrence === 1 ? first : digest(text, occurrence)}`;
  };
}

/** The first 16 bytes of SHA-256: no two lines share them by chance. */
function digest(text: string, occurrence: number): string {
  return hash("sha256", `${text}#${occurrence}`, "buffer").subarray(0, 16).toString("base64url");
}

/** Nine base36 digits, good until the year 5188; what happened before 1970 is sorted to 1970. */
function sortable(ms: number): string {
  return Math.max(0, ms).toString(36).padStart(9, "0");
}
