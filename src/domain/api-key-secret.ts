import { timingSafeEqual } from "node:crypto";
import { type RandomBytes, randomLetters } from "../lib/base62.ts";

const SECRET = /^ff_([0-9A-Za-z]{8})_[0-9A-Za-z]{32,64}$/;
const SECRET_LETTERS = 32;

/** The shortest admin key that may be set from outside. */
export const MIN_ADMIN_KEY_LENGTH = 32;

/** `ff_<8 id>_<32 secret>`, base62: a leaked key is found by its beginning, and its id names the row. */
export function formatSecret(id: string, random: RandomBytes): string {
  return `ff_${id}_${randomLetters(SECRET_LETTERS, random)}`;
}

/** The id in a secret, null when the text has not the form of one. */
export function keyIdOf(secret: string): string | null {
  return SECRET.exec(secret)?.[1] ?? null;
}

/** SHA-256, lower-case hex. Enough without salt: a secret carries 190 random bits. */
export function hashSecret(secret: string): string {
  return Bun.SHA256.hash(secret, "hex");
}

/** Where two hashes are put to be compared: buffers of their own would be most of what a check of a key costs. */
const [ONE, OTHER] = [Buffer.alloc(64), Buffer.alloc(64)];

/** Compares two hashes, 64 letters each, in a time that does not tell how much of them is the same. */
export function isSameHash(one: string, other: string): boolean {
  ONE.write(one, "latin1");
  OTHER.write(other, "latin1");
  return timingSafeEqual(ONE, OTHER);
}
