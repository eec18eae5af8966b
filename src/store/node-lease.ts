import type { KeyValueStore } from "../domain/ports.ts";
import type { Clock } from "../lib/clock.ts";
import { type IdAllocator, MAX_NODES } from "../lib/ids.ts";
import type { Logger } from "../lib/log.ts";
import type { StoreWriter } from "./event-writer.ts";

/** Short, so that processes that die again and again do not use up all numbers. */
const LEASE_MS = 30_000;
const RENEW_EVERY_MS = 10_000;
const PREFIX = "node:";

export interface NodeLeaseOptions {
  readonly writer: StoreWriter;
  readonly ids: IdAllocator;
  readonly clock: Clock;
  readonly log: Logger;
  /** Names this process; unique among all that use the database. */
  readonly holder: string;
  /** The node that belongs to this process whatever the database says: it holds the file's lock. */
  readonly ownNode: number | null;
}

/** The processes that have leased a node, and those that were killed not long ago. */
export async function leaseholders(kv: Pick<KeyValueStore, "list">): Promise<readonly string[]> {
  return (await kv.list(PREFIX)).map(({ value }) => value);
}

/**
 * Leases a node number and keeps it: ids of two processes never meet.
 *
 * @throws when all 64 are taken.
 */
export async function leaseNode(options: NodeLeaseOptions): Promise<AsyncDisposable> {
  const { writer, ids, clock, log, holder, ownNode } = options;
  let node = await take();
  ids.useNode(node);

  async function tryTake(candidate: number): Promise<boolean> {
    const nowMs = clock.now();
    const key = `${PREFIX}${candidate}`;
    return writer.run("kvTakeLease", { key, holder, nowMs, expiresAtMs: nowMs + LEASE_MS });
  }

  async function take(): Promise<number> {
    if (ownNode !== null) return ownNode;
    // Node 0 is left to the server that holds the file's lock.
    for (let candidate = 1; candidate < MAX_NODES; candidate++) if (await tryTake(candidate)) return candidate;
    throw new Error(`All ${MAX_NODES - 1} node numbers are leased: too many processes write to this database`);
  }

  async function renew(): Promise<void> {
    if (ownNode !== null || (await tryTake(node))) return;
    node = await take();
    ids.useNode(node);
    log.warn({ node }, "the node number had been taken over; another one is leased");
  }

  const timer = setInterval(() => {
    renew().catch((error) => log.warn({ err: error }, "the node number could not be renewed"));
  }, RENEW_EVERY_MS);
  timer.unref();

  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      // What cannot be given back runs out by itself.
      if (ownNode === null) await writer.run("kvReleaseLease", { key: `${PREFIX}${node}`, holder }).catch(() => {});
    },
  };
}
