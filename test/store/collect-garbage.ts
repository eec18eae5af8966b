import { createReadPool } from "../../src/store/read-pool.ts";
import { ENDLESS } from "../support/endless.ts";

/**
 * A process of its own, because a failure stops its event loop for good: reads that leave statements
 * behind, then one that never ends while these are collected. Prints what becomes of it, three times.
 */

const [path = ""] = process.argv.slice(2);
const pool = createReadPool({ path, connections: 1, maxWaiting: 1, deadlineMs: 200 });
for (let round = 0; round < 3; round++) {
  // Enough in all to go through more than one connection.
  for (let n = 0; n < 150; n++) await pool.query("SELECT ?1", [n]);
  setTimeout(() => Bun.gc(true), 50);
  await pool.query(ENDLESS, []).catch((error) => console.log(error.code));
}
await pool.close();
