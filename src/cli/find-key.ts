import type { StoredApiKey } from "../domain/api-key.ts";
import { keyIdOf } from "../domain/api-key-secret.ts";
import { AppError } from "../domain/errors.ts";
import type { KeyStore } from "../domain/ports.ts";
import { isCleanText } from "../domain/text.ts";

/**
 * The key with an id. `ff_<id>` is understood too, and the whole secret, of which only the id is used.
 *
 * @throws `not_found`
 */
export async function findKey(keys: KeyStore, reference: string): Promise<StoredApiKey> {
  const id = keyIdOf(reference) ?? /^ff_([0-9A-Za-z]{8})$/.exec(reference)?.[1] ?? reference;
  const key = isCleanText(id) ? await keys.findKey(id) : null;
  if (!key) throw new AppError("not_found", `there is no key "${id}"; "footfall key list" shows all of them`);
  return key;
}
