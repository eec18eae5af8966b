import type { Client } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { openClient } from "./database.ts";
import { INSERT_EVENTS_AGAIN, insertEvents, SELECT_DUPLICATES } from "./event-columns.ts";
import { commands, type Database } from "./write-commands.ts";
import { classifyFailure } from "./write-failure.ts";
import type {
  AppendRequest,
  CommandRequest,
  Duplicate,
  ProbeRequest,
  WriteReply,
  WriteRequest,
} from "./write-protocol.ts";

/**
 * The Worker that owns the only writable connection of the process. It carries out one message after
 * the other; what comes next and how much is decided on the main thread (`event-writer.ts`).
 */
declare const self: Worker;

/** A log that has grown longer because readers held it is cut to this when it is begun anew. */
const KEPT_LOG_BYTES = 128 * 1024 * 1024;

/** Checkpoints are made by `checkpointer.ts`, beside the writes. What is deleted is overwritten, see `residue.ts`. */
const WRITER_PRAGMAS = [
  "PRAGMA wal_autocheckpoint = 0",
  `PRAGMA journal_size_limit = ${KEPT_LOG_BYTES}`,
  "PRAGMA secure_delete = ON",
];

let client: Client;
let database: Database;

async function append({ parts, keyed, rare, again }: AppendRequest): Promise<readonly Duplicate[]> {
  const sql = again ? INSERT_EVENTS_AGAIN : insertEvents(rare);
  const [first] = parts;
  if (parts.length === 1 && first && !keyed) {
    await client.execute({ sql, args: [first.rows, first.count] });
    return [];
  }
  const results = await client.batch(
    parts.flatMap(({ rows, count }) => [
      { sql, args: [rows, count] },
      { sql: SELECT_DUPLICATES, args: [rows, count] },
    ]),
    "write",
  );
  let offset = 0;
  return parts.flatMap(({ count }, index) => {
    const start = offset;
    offset += count;
    return (results[index * 2 + 1]?.rows ?? []).map(
      (row): Duplicate => [start + Number(row.position), Number(row.id), Number(row.received_at)],
    );
  });
}

async function probe({ parts, rare }: ProbeRequest): Promise<void> {
  const transaction = await client.transaction("write");
  try {
    const sql = insertEvents(rare);
    for (const { rows, count } of parts) await transaction.execute({ sql, args: [rows, count] });
  } finally {
    await transaction.rollback();
  }
}

function runCommand({ name, args }: CommandRequest): Promise<unknown> {
  // The request's type ties the arguments to the name; TypeScript cannot follow that through the table.
  const command = commands[name] as (db: Database, args: unknown) => Promise<unknown>;
  return command(database, args);
}

async function answer(request: WriteRequest): Promise<WriteReply> {
  switch (request.kind) {
    case "open":
      client = openClient(request.location, {
        role: "writer",
        durability: request.durability,
        extraPragmas: WRITER_PRAGMAS,
      });
      database = drizzle({ client });
      await client.execute("SELECT 1");
      return { ok: true };
    case "append":
      return { ok: true, duplicates: await append(request) };
    case "probe":
      await probe(request);
      return { ok: true };
    case "command":
      return { ok: true, result: await runCommand(request) };
    case "close":
      client.close();
      return { ok: true };
  }
}

async function replyTo(request: WriteRequest): Promise<WriteReply> {
  try {
    return await answer(request);
  } catch (error) {
    return { ok: false, ...classifyFailure(error) };
  }
}

const SKIPPED: WriteReply = { ok: false, failure: "skipped", message: "The request before it failed" };

/** What is being carried out, and whether it was. */
let last: Promise<boolean> = Promise.resolve(true);

self.onmessage = ({ data: request }: MessageEvent<WriteRequest>) => {
  last = last.then(async (isDone) => {
    const isSkipped = !isDone && request.kind === "append" && request.isAhead;
    const reply = isSkipped ? SKIPPED : await replyTo(request);
    self.postMessage(reply);
    return reply.ok;
  });
};
