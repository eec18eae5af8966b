import { existsSync } from "node:fs";
import { type CopyHooks, copyDatabase } from "./copy-database.ts";
import { type DatabaseFacts, inspectSound } from "./inspect-database.ts";
import { DatabaseUnusableError } from "./prepare-file.ts";
import { placeOf, settleDatabase, takeOverDatabase } from "./replace-database.ts";

export interface Compacted {
  readonly before: DatabaseFacts;
  readonly after: DatabaseFacts;
}

const COUNTS = ["events", "deletedEvents", "sites", "keys"] as const satisfies readonly (keyof DatabaseFacts)[];

/**
 * Puts a copy without free space in the place of a database. At every moment, also when it is killed,
 * the one or the other is there as a whole.
 *
 * @throws `DatabaseInUseError` while a server or a command has the database open; `DatabaseUnusableError`.
 */
export async function compactDatabase(path: string, hooks: CopyHooks): Promise<Compacted> {
  if (!existsSync(path)) throw new DatabaseUnusableError(`There is no database ${path}.`);
  using _ = takeOverDatabase(path);
  const place = placeOf(path);
  if (!(await settleDatabase(place)))
    throw new DatabaseUnusableError(`The database ${path} is damaged; restore a backup.`);
  hooks.onProgress("checking", null);
  const before = await inspectSound(place, `The database ${path}`);
  using copy = await copyDatabase({ ...hooks, from: place, to: place, isLive: true });
  const different = COUNTS.find((count) => copy.facts[count] !== before[count]);
  if (different) throw new DatabaseUnusableError(`The copy of ${path} has other ${different} than the database.`);
  copy.finish();
  return { before, after: copy.facts };
}
