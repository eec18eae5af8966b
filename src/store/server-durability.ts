import type { Client } from "@libsql/client";
import type { Logger } from "../lib/log.ts";
import type { Durability } from "./database.ts";

/** SQLite's level at and above which every commit is synced. */
const FULL = 2;

/** What a libSQL server's answer is worth, by what it says of itself. */
export type ServerDurability =
  /** Committed and synced before it answers. */
  | "strong"
  /** Committed, and synced some time later: a power cut takes the last seconds. */
  | "relaxed"
  /** Turso keeps it; what it confirms is its business. */
  | "turso"
  /** It does not say. */
  | "unknown";

/** Says in the log what an acknowledged event has survived, at the start and whenever that changes. */
export interface DurabilityNotice {
  /** SQL for what {@link note} takes; runs on any libSQL server. */
  readonly expression: string;
  note(value: unknown): void;
}

const SAID: Readonly<Record<ServerDurability, string>> = {
  strong: "the database server syncs every commit: an acknowledged event survives a power cut there",
  relaxed:
    "the database server syncs later than it answers: an acknowledged event survives the death of its process, not a power cut there",
  turso: "Turso keeps the database: an acknowledged event is as safe as what Turso has confirmed",
  unknown:
    "the database server does not say whether it syncs: an acknowledged event is as safe as the server keeps what it has confirmed",
};

/** SQLite's level of the connection, as a table: setting it is refused, asking is not. */
const SELECT_LEVEL = "SELECT synchronous FROM pragma_synchronous";

/**
 * Asks the server what it does, says so, and goes on saying when that changes: a server goes back
 * to `relaxed` whenever it is started.
 *
 * @param wanted `full`: a server that does less is warned about.
 */
export async function createDurabilityNotice(
  client: Client,
  options: { url: string; wanted: Durability; log: Logger },
): Promise<DurabilityNotice> {
  const { url, wanted, log } = options;
  const isTurso = new URL(url).hostname.endsWith(".turso.io");
  const level = isTurso ? undefined : await levelOf(client);
  let known: ServerDurability | undefined;

  function note(value: unknown): void {
    const durability = isTurso ? "turso" : durabilityAt(value);
    if (durability === known) return;
    known = durability;
    log[wanted === "full" && durability === "relaxed" ? "warn" : "info"]({ durability }, SAID[durability]);
  }

  note(level);
  return { expression: level === undefined ? "NULL" : `(${SELECT_LEVEL})`, note };
}

/** Undefined where the server does not tell. */
async function levelOf(client: Client): Promise<number | undefined> {
  try {
    const level = (await client.execute(SELECT_LEVEL)).rows[0]?.[0];
    return typeof level === "number" ? level : undefined;
  } catch {
    return undefined;
  }
}

function durabilityAt(level: unknown): ServerDurability {
  if (typeof level !== "number") return "unknown";
  return level >= FULL ? "strong" : "relaxed";
}
