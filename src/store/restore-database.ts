import { existsSync } from "node:fs";
import { type CopyHooks, copyDatabase } from "./copy-database.ts";
import { type DatabaseFacts, inspectSound } from "./inspect-database.ts";
import { DatabaseUnusableError, makeFolder } from "./prepare-file.ts";
import { placeOf, putAside, settleDatabase, takeOverDatabase } from "./replace-database.ts";

export interface RestoreOptions extends CopyHooks {
  readonly from: string;
  readonly to: string;
  /** Whether a database that is there may be replaced. */
  readonly force: boolean;
  /** Under which name it stays then. */
  readonly aside: string;
}

export interface Restored {
  readonly facts: DatabaseFacts;
  /** Where the database is that was there before; null where none was. */
  readonly aside: string | null;
}

/**
 * Puts a copy of a backup in the place of a database. At every moment, also when it is killed, the
 * one or the other is there as a whole.
 *
 * @throws `DatabaseInUseError` while a server or a command has the database open; `DatabaseUnusableError`.
 */
export async function restoreDatabase(options: RestoreOptions): Promise<Restored> {
  const { from, to, force, aside } = options;
  if (!existsSync(from)) throw new DatabaseUnusableError(`There is no file ${from}.`);
  makeFolder(to);
  using _ = takeOverDatabase(to);
  const place = placeOf(to);
  if (place === placeOf(from)) throw new DatabaseUnusableError(`The file ${from} is the database itself.`);
  const exists = existsSync(place);
  if (exists && !force) {
    throw new DatabaseUnusableError(
      `The database ${to} exists; with --force the backup takes its place, and it stays under another name.`,
    );
  }
  options.onProgress("checking", null);
  await inspectSound(from, `The backup ${from}`);
  using copy = await copyDatabase({ ...options, to: place, isLive: true });
  // A damaged one, for which the backup may be wanted, keeps its log beside it.
  if (exists) await settleDatabase(place);
  putAside(place, aside);
  copy.finish();
  return { facts: copy.facts, aside: exists ? aside : null };
}
