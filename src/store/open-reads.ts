import { openFileReads } from "./file-reads.ts";
import type { StoreOptions } from "./open-store.ts";
import type { Reads } from "./reads.ts";
import { openServerReads } from "./server-reads.ts";

/** Opens the reading half of a store, of whatever kind its database is. */
export async function openReads(options: StoreOptions, cleanup: AsyncDisposableStack): Promise<Reads> {
  const { location, replicaUrl = null, durability, log, role } = options;
  const { readDeadlineMs, queryDeadlineMs = readDeadlineMs } = options;
  const deadlines = { readDeadlineMs, queryDeadlineMs };
  if (location.kind === "file") return openFileReads({ path: location.path, durability, ...deadlines }, cleanup);
  const replica = replicaUrl === null ? null : { ...location, url: replicaUrl };
  // Commands have nothing to say about the server: they print their own result.
  const wanted = role === "server" ? durability : "normal";
  return openServerReads({ primary: location, replica, durability: wanted, ...deadlines, log }, cleanup);
}
