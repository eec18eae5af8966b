/**
 * What tests need another process for: `bun child.ts <what> <database> [count]`. Says on standard
 * output, a line each, what the test waits for.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../../src/lib/clock.ts";
import { prepareFile } from "../../src/store/prepare-file.ts";
import { newEvent, openTestStore, silentLog } from "../support/store.ts";

const [what, path = "", count = "0"] = process.argv.slice(2);
const say = (line: string) => writeSync(1, `${line}\n`);
const forever = () => new Promise(() => setInterval(() => {}, 60_000));

/** Brings the file into shape, as every start does; begins when it is told to. */
async function prepare(): Promise<void> {
  say("ready");
  for await (const _ of console) break;
  await prepareFile({ path, durability: "full", nowMs: Date.now(), log: silentLog });
  say("prepared");
}

/** Holds the database as its server does. */
async function serve(): Promise<void> {
  await openTestStore({ kind: "file", path });
  say("serving");
  await forever();
}

/** Appends `count` batches of 20 events of site 2 beside the server, as an import does. */
async function importEvents(): Promise<void> {
  await using store = await openTestStore({ kind: "file", path }, { role: "command", clock: systemClock });
  say("importing");
  for (let batch = 0; batch < Number(count); batch++) {
    const events = Array.from({ length: 20 }, (_, n) => newEvent({ siteId: 2, dedupeKey: `i:${batch}.${n}` }));
    const results = await store.writer.append(events);
    if (results.some(({ outcome }) => outcome !== "stored")) throw new Error(JSON.stringify(results));
  }
  say("imported");
}

/** Appends one event after the other and says each id once it was acknowledged. */
async function append(): Promise<void> {
  const store = await openTestStore({ kind: "file", path }, { clock: systemClock });
  const appendOne = async (): Promise<void> => {
    const [result] = await store.writer.append([newEvent({ siteId: 3 })]);
    if (result?.outcome === "stored") say(String(result.id));
    return appendOne();
  };
  await Promise.all(Array.from({ length: 8 }, appendOne));
}

const actions: Record<string, () => Promise<unknown>> = { prepare, serve, import: importEvents, append };
await actions[String(what)]?.();
