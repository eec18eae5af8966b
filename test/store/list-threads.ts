import { existsSync, readdirSync, readFileSync } from "node:fs";
import { openTestStore } from "../support/store.ts";

/** Opens a store and prints the threads of its process, where the system shows them: names and niceness. */
const TASKS = "/proc/self/task";
const [path = ""] = process.argv.slice(2);

await using _store = await openTestStore({ kind: "file", path });
const tasks = existsSync(TASKS) ? readdirSync(TASKS) : [];
const threads = tasks.map((task) => {
  const [, name, fields = ""] = /\((.*)\) (.*)/.exec(readFileSync(`${TASKS}/${task}/stat`, "utf8")) ?? [];
  return { name, niceness: Number(fields.split(" ")[16]) };
});
console.log(JSON.stringify(threads));
