import type { Client } from "@libsql/client";
import type { Logger } from "../lib/log.ts";
import { SELECT_CONFIG_VERSION } from "./config-version.ts";
import { MARKS, type Marks, toMarks } from "./replica-marks.ts";
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
  /** Told at each look what the primary has. */
  readonly onMarks: (marks: Marks) => void;
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
export function createServerWatch({ primary, replica, log, durability, onMarks }: ServerWatchOptions): ServerWatch {
  const health = { primary: createServerHealth("primary", log), replica: createServerHealth("replica", log) };
  const atPrimary = `SELECT (${SELECT_CONFIG_VERSION}) AS config_version, ${durability.expression} AS level, ${MARKS}`;

  let asked = 0;
  let answered = 0;

  async function lookAtPrimary(): Promise<unknown> {
    asked += 1;
    const turn = asked;
    try {
      const [row] = (await primary.execute(atPrimary)).rows;
      health.primary.answered();
      // An answer that was overtaken is old.
      if (turn < answered) return row?.config_version;
      answered = turn;
      onMarks(toMarks(row));
      durability.note(row?.level);
      return row?.config_version;
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
