import { availableParallelism } from "node:os";
import { createReadPool } from "../../src/store/read-pool.ts";
import { ENDLESS } from "../support/endless.ts";
import { openTestStore } from "../support/store.ts";

/**
 * As many endless queries as the pool of queries runs at once, and reads of the other pool beside
 * them; prints how many of those came to an end before the first of the queries was stopped. In a
 * process of its own: libSQL takes the number of its threads once.
 */
const [path = ""] = process.argv.slice(2);

await using store = await openTestStore({ kind: "file", path });
const connections = availableParallelism();
const queries = createReadPool({ path, connections, maxWaiting: 8, deadlineMs: 1_500 });
const endless = Promise.race(
  Array.from({ length: connections }, () => queries.query(ENDLESS, []).catch(() => "stopped")),
);
let reads = 0;
const isOver = endless.then(() => true);
while (!(await Promise.race([isOver, Bun.sleep(0).then(() => false)]))) {
  // A filter that no index bounds goes to the pool of reads.
  await store.reader.listEvents({ filter: { siteId: 1, visitorId: "v" }, order: "desc", limit: 1, count: false });
  reads += 1;
}
console.log(reads);
await queries.close();
