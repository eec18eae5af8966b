import { createHmac } from "node:crypto";
import { type RandomBytes, randomLetters } from "../lib/base62.ts";
import type { KeyValueStore } from "./ports.ts";

/** E-mail address → 64 hex digits that tell nothing of it, the same for the same address on all instances. */
export type HashEmail = (email: string) => Promise<string>;

const SALT_KEY = "email-salt";

/** 380 random bits. */
const SALT_LETTERS = 64;

/**
 * HMAC-SHA-256 of an address, in lower case and without blanks around it. The salt is a secret of
 * the database: made once, when it is first needed, and the same for all who use the database.
 */
export function createHashEmail(deps: { kv: KeyValueStore; random: RandomBytes }): HashEmail {
  const { kv, random } = deps;
  let salt: string | undefined;
  return async (email) => {
    salt ??= await kv.setIfAbsent(SALT_KEY, randomLetters(SALT_LETTERS, random));
    return createHmac("sha256", salt).update(email.trim().toLowerCase()).digest("hex");
  };
}
