import type { Client } from "@libsql/client";
import type { NewEvent } from "../../src/domain/event.ts";
import { NOON } from "./store.ts";

/** Stores events, numbered from 1, as it was done before there was a shorthand; no column is left out. */
export async function insertSpelledOut(sql: Client, events: readonly NewEvent[], receivedAt = NOON): Promise<void> {
  const rows = events.map((event, position) => {
    const values = Object.entries({ id: position + 1, receivedAt, ...event });
    const columns = values.map(([name]) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
    return {
      sql: `INSERT INTO events (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      args: values.map(([, value]) => value),
    };
  });
  await sql.batch(rows, "write");
}
