/**
 * Stores text that the gate refuses, past the gate, and reads it: `bun unclean-text.ts <file> <JSON text>`.
 * Says how far it came.
 */
import { writeSync } from "node:fs";
import { createClient } from "@libsql/client";

const [path = "", json = ""] = process.argv.slice(2);
const client = createClient({ url: `file:${path}` });
await client.execute("CREATE TABLE texts (text TEXT)");
await client.execute({
  sql: "INSERT INTO texts SELECT value ->> 0 FROM json_each(?)",
  args: [`[[${json}]]`],
});
writeSync(1, "stored\n");
const { rows } = await client.execute("SELECT text FROM texts");
writeSync(1, `read ${JSON.stringify(rows[0]?.text)}\n`);
