import { createOccurrences, type LineDigest } from "./line-occurrences.ts";

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
  const occurrenceOf = createOccurrences(remembered);
  return (text, occurredAt) => {
    // The first occurrence's digest also names the line in memory, which costs less than its text.
    const occurrence = occurrenceOf(digest(text, 1));
    if (occurrence > 1) digest(text, occurrence);
    return `i:${sortable(occurredAt)}.${DIGEST_BYTES.toString("base64url")}`;
  };
}

/** Where each digest is written: one a line would be a good part of what the import has to clear away. */
const SHA256 = new Uint8Array(32);
const DIGEST_BYTES = Buffer.from(SHA256.buffer, 0, 16);
const DIGEST_WORDS: LineDigest = new Uint32Array(SHA256.buffer, 0, 4);

/** The first 16 bytes of SHA-256, until the next call. */
function digest(text: string, occurrence: number): LineDigest {
  Bun.SHA256.hash(`${text}#${occurrence}`, SHA256);
  return DIGEST_WORDS;
}

/** Nine base36 digits, good until the year 5188; what happened before 1970 is sorted to 1970. */
function sortable(ms: number): string {
  return Math.max(0, ms).toString(36).padStart(9, "0");
}
