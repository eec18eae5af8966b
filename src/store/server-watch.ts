import type { Client } from "@libsql/client";
import type { Logger } from "../lib/log.ts";
import { SELECT_CONFIG_VERSION } from "./config-version.ts";
import type { DurabilityNotice } from "./server-durability.ts";
import { createServerHealth, type ServerHealth } from "./server-health.ts";

/** A server that takes longer for the smallest of reads is away. */
export const LOOK_WITHIN_MS = 2_000;

export interface ServerWatchOptions {
  /** Clients of their own: reads that wait must not delay a look. */
  readonly primary: Client;
  readonly replica: Client | null;
  readonly log: Logger;
  readonly durability: DurabilityNotice;
  /** Told the primary's largest event id at each look. */
  readonly onLargestId: (id: number) => void;
}

export interface ServerWatch {
  readonly primary: ServerHealth;
  readonly replica: ServerHealth;
  /**
   * Looks at both servers at once.
   *
   * @returns the version of sites and keys, of the replica while the primary is away; undefined when
   *   neither answers.
   */
  look(): Promise<unknown>;
}

/** Keeps an eye on a libSQL server and its replica. */
export function createServerWatch({ primary, replica, log, durability, onLargestId }: ServerWatchOptions): ServerWatch {
  const health = { primary: createServerHealth("primary", log), replica: createServerHealth("replica", log) };
  const atPrimary = `SELECT (${SELECT_CONFIG_VERSION}), (SELECT max(id) FROM events), ${durability.expression}`;

  async function lookAtPrimary(): Promise<unknown> {
    try {
      const [row] = (await primary.execute(atPrimary)).rows;
      health.primary.answered();
      onLargestId(Number(row?.[1] ?? 0));
      durability.note(row?.[2]);
      return row?.[0];
    } catch (error) {
      health.primary.failed(error);
      return undefined;
    }
  }

  async function lookAtReplica(): Promise<unknown> {
    try {
      const version = (await replica?.execute(SELECT_CONFIG_VERSION))?.rows[0]?.[0];
      health.replica.answered();
      return version;
    } catch (error) {
      health.replica.failed(error);
      return undefined;
    }
  }

  return {
    ...health,
    async look() {
      const [own, copied] = await Promise.all([lookAtPrimary(), lookAtReplica()]);
      return own ?? copied;
    },
  };
}
