import type { KeyValueStore } from "../domain/ports.ts";
import type { DatabaseLocation } from "./database.ts";
import { isServed } from "./file-lock.ts";
import { leaseholders } from "./node-lease.ts";

/**
 * Whether no other process uses the database now: neither a server, which locks its file, nor a command, which leases
 * a node. One that was killed counts until its lease has run out.
 *
 * A server is never alone: its clients are there. Nor is a command on a libSQL server, of whose other clients it knows
 * nothing.
 */
export function createIsAlone(deps: {
  location: DatabaseLocation;
  role: "server" | "command";
  kv: KeyValueStore;
  /** This process. */
  holder: string;
}): () => Promise<boolean> {
  const { location, role, kv, holder } = deps;
  if (location.kind !== "file" || role === "server") return async () => false;
  return async () => {
    if (isServed(location.path)) return false;
    const holders = await leaseholders(kv);
    return holders.every((one) => one === holder);
  };
}
