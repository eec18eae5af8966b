import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import type { Ended } from "../support/run-to-end.ts";
import { startSqld } from "../support/sqld.ts";
import { createPlace, onlyLineOf, type Place, SLOW_MS } from "./footfall.ts";

let place: Place;
let database: string;
beforeEach(async () => {
  place = createPlace();
  database = join(place.path, "data", "footfall.db");
  await place.json(["site", "add", "--name", "A", "--domain", "a.example"]);
  const events = Array.from({ length: 50 }, (_, n) =>
    JSON.stringify({ eventType: "click", timestamp: "2026-05-17", eventId: `${n}` }),
  );
  await place.json(["import", "-", "--site", "1", "--format", "jsonl"], { stdin: events.join("\n") });
}, SLOW_MS);
afterEach(() => place[Symbol.asyncDispose]());

const LAST = MIGRATIONS.at(-1)?.tag ?? "";

async function run(sql: string): Promise<void> {
  const client = createClient({ url: `file:${database}` });
  await client.executeMultiple(sql).finally(() => client.close());
}

/** What `check --json` says of a database that something is wrong with. */
async function problemsOf(): Promise<{ ok: boolean; problems: string[] }> {
  const ended: Ended = await place.run(["check", "--json"]);
  expect(ended.exitCode).toBe(1);
  expect(onlyLineOf(ended)).toContain("is not in order, see above");
  return JSON.parse(ended.stdout);
}

test(
  "check of a sound database says what it holds, and ends with 0",
  async () => {
    const { exitCode, stdout, stderr } = await place.run(["check"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^schema +\S+$/m);
    expect(stdout).toMatch(/^holds +50 events, 1 site, 0 keys, \d+\.\d kB$/m);
    expect(stdout).toMatch(/^free on the disk +\d/m);
    expect(stdout).toMatch(/^settings +in order$/m);
    expect(stdout).toMatch(/^result +in order$/m);
    const report = await place.json<object>(["check"]);
    expect(report).toMatchObject({
      ok: true,
      database,
      schema: LAST,
      problems: [],
      warnings: [],
      file: { events: 50, deletedEvents: 0, sites: 1, keys: 0, journalMode: "wal", givesSpaceBack: true },
    });
  },
  SLOW_MS,
);

test(
  "check changes nothing",
  async () => {
    const before = await readFile(database);
    await place.json(["check"]);
    expect((await readFile(database)).equals(before)).toBeTrue();
  },
  SLOW_MS,
);

test(
  "check finds counters that do not tell the truth",
  async () => {
    await run("UPDATE event_totals SET n = n + 1");
    expect(await problemsOf()).toMatchObject({
      ok: false,
      problems: ["The counters of site 1 differ from its events"],
    });
  },
  SLOW_MS,
);

test(
  "check finds an index that has lost a row",
  async () => {
    await run(
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'deleted_at IS NULL', 'deleted_at IS NOT NULL') WHERE name = 'events_list_by_type'",
    );
    const { problems } = await problemsOf();
    expect(problems.join()).toContain("The file is damaged");
  },
  SLOW_MS,
);

test(
  "check finds a schema of a newer release, and tells of one of an older",
  async () => {
    await run("INSERT INTO schema_migrations VALUES ('9999_future', 0)");
    expect((await problemsOf()).problems).toEqual(["It was written by a newer release (schema 9999_future)"]);
    await run(`DELETE FROM schema_migrations WHERE tag IN ('9999_future', '${LAST}')`);
    const { warnings } = await place.json<{ warnings: string[] }>(["check"]);
    expect(warnings).toEqual([`The schema is that of an older release; the next start changes it (${LAST})`]);
  },
  SLOW_MS,
);

test(
  "check tells of settings that mean nothing, and stops at wrong ones",
  async () => {
    const { stdout, exitCode } = await place.run(["check"], { env: { FOOTFALL_PROT: "1" } });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^warning +No setting is called FOOTFALL_PROT$/m);
    const wrong = await place.run(["check"], { env: { FOOTFALL_PORT: "x" } });
    expect(wrong.exitCode).toBe(2);
    expect(onlyLineOf(wrong)).toContain("FOOTFALL_PORT");
  },
  SLOW_MS,
);

test(
  "check of a file that is no database, or none at all, ends with 1 and makes none",
  async () => {
    await Bun.write(join(place.path, "text.db"), "no database".repeat(1_000));
    const text = await place.run(["check", "--database-url", "file:text.db"]);
    expect(text.exitCode).toBe(1);
    expect(onlyLineOf(text)).toContain("is not a readable database");
    const nothing = await place.run(["check", "--database-url", "file:nothing.db"]);
    expect(nothing.exitCode).toBe(1);
    expect(onlyLineOf(nothing)).toContain("There is no database");
    expect(existsSync(join(place.path, "nothing.db"))).toBeFalse();
  },
  SLOW_MS,
);

test(
  "check of a database on a server says whether its schema is that of this release",
  async () => {
    await using sqld = await startSqld();
    const args = ["--database-url", sqld.url];
    expect(await place.json<object>(["check", ...args])).toMatchObject({
      ok: true,
      schema: null,
      file: null,
      warnings: [expect.stringContaining("The next start changes the schema")],
    });
    await place.json(["site", "list", ...args]);
    expect(await place.json<object>(["check", ...args])).toMatchObject({ ok: true, schema: LAST, warnings: [] });
    sqld.signal("SIGKILL");
    const ended = await place.run(["check", ...args]);
    expect(ended.exitCode).toBe(1);
    expect(onlyLineOf(ended)).toContain("cannot be used");
  },
  SLOW_MS,
);
