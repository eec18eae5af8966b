/** Looks for the server of a database again and again: `bun looking.ts <database>`. */
import { setImmediate } from "node:timers/promises";
import { isServed } from "../../src/store/file-lock.ts";

const [path = ""] = process.argv.slice(2);
console.log("looking");
for (;;) {
  isServed(path);
  await setImmediate();
}
