const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Bytes at or above this would favour the first letters of the alphabet. */
const UNBIASED = 256 - (256 % ALPHABET.length);

/** Where randomness comes from: `length` unpredictable bytes. */
export type RandomBytes = (length: number) => Uint8Array;

export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/**
 * `length` random letters of `alphabet` (default: base62), each equally likely.
 *
 * 32 base62 letters carry 190 bits.
 */
export function randomLetters(length: number, random: RandomBytes = systemRandom, alphabet = ALPHABET): string {
  const limit = alphabet === ALPHABET ? UNBIASED : 256 - (256 % alphabet.length);
  let letters = "";
  while (letters.length < length) {
    for (const byte of random(length * 2)) {
      if (byte < limit && letters.length < length) letters += alphabet[byte % alphabet.length];
    }
  }
  return letters;
}
