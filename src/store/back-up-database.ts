import { type CopyHooks, copyDatabase } from "./copy-database.ts";
import { holdDatabase } from "./file-lock.ts";
import type { DatabaseFacts } from "./inspect-database.ts";
import { makeFolder } from "./prepare-file.ts";

/**
 * Copies a database, which may be in use, into a file of its own that needs nothing beside it.
 *
 * @throws `DatabaseInUseError` while another command replaces the database; `DatabaseUnusableError`.
 */
export async function backUpDatabase(
  options: CopyHooks & { readonly from: string; readonly to: string; readonly family?: string },
): Promise<DatabaseFacts> {
  makeFolder(options.to);
  using _ = holdDatabase(options.from);
  using copy = await copyDatabase({ ...options, isLive: false });
  copy.finish();
  return copy.facts;
}
