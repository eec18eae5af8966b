import { DatabaseInUseError, holdDatabase, lockDatabase } from "./file-lock.ts";
import type { StoreOptions } from "./open-store.ts";
import { explainLock, makeFolder, prepareFile } from "./prepare-file.ts";
import { prepareServer } from "./prepare-server.ts";

/** Makes the folder of a file, and takes its locks: they are given back last of all. */
export function reserveDatabase({ location, role }: StoreOptions, cleanup: AsyncDisposableStack): void {
  if (location.kind !== "file") return;
  makeFolder(location.path);
  if (role === "server") cleanup.use(lock(location.path, lockDatabase));
  cleanup.use(lock(location.path, holdDatabase));
}

/** Brings what there is up to date, and makes what there is not. */
export async function prepareDatabase(options: StoreOptions): Promise<void> {
  const { location, clock } = options;
  if (location.kind === "remote") return prepareServer({ ...options, location });
  await prepareFile({ ...options, path: location.path, nowMs: clock.now() });
}

function lock(path: string, take: (path: string) => Disposable): Disposable {
  try {
    return take(path);
  } catch (error) {
    throw error instanceof DatabaseInUseError ? error : explainLock(path, error);
  }
}
