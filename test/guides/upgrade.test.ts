import { describe, expect, test } from "bun:test";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { createPlace, onlyLineOf, type Place, SLOW_MS } from "../cli/footfall.ts";
import { readBlocks } from "../support/guide-blocks.ts";
import { ADMIN_KEY, type ServerProcess, spawnServer } from "../support/server.ts";
import { openSql, openTestStore, rejection } from "../support/store.ts";

const BLOCKS = await readBlocks("upgrade.md");
/** What the release before this one knew. */
const OLDER = { migrations: MIGRATIONS.slice(0, -1) };

const codeOf = (language: string): string => {
  const [block, ...others] = BLOCKS.filter((one) => one.language === language);
  if (block === undefined || others.length > 0) throw new Error(`Not one block of ${language}`);
  return block.code;
};

const databaseOf = (place: Place) => join(place.path, "data", "footfall.db");
const locationOf = (place: Place) => ({ kind: "file", path: databaseOf(place) }) as const;

/** Something that only this database says, and not its copies. */
async function mark(place: Place, text: string): Promise<void> {
  using sql = openSql(databaseOf(place));
  await sql.execute({ sql: "INSERT OR REPLACE INTO kv (key, value) VALUES ('mark', ?)", args: [text] });
}

async function markOf(place: Place): Promise<unknown> {
  using sql = openSql(databaseOf(place));
  return (await sql.execute("SELECT value FROM kv WHERE key = 'mark'")).rows[0]?.value;
}

const startRelease = (place: Place): Promise<ServerProcess> =>
  spawnServer({
    command: place.command(["serve"]),
    database: databaseOf(place),
    cwd: place.path,
    env: { FOOTFALL_LOG_LEVEL: "info" },
  });

/** A database of the release before, and what it was then. */
async function createOldDatabase(place: Place): Promise<void> {
  await mkdir(join(place.path, "data"));
  await (await openTestStore(locationOf(place), OLDER)).close();
  await mark(place, "before the upgrade");
}

const bytesOf = async (place: Place): Promise<string> =>
  Bun.hash(await Bun.file(databaseOf(place)).arrayBuffer()).toString();

describe("docs/upgrade.md", () => {
  test(
    "a start upgrades the database after it has copied it, and its commands go back to the copy",
    async () => {
      await using place = createPlace();
      await createOldDatabase(place);
      const upgraded = await startRelease(place);
      await upgraded.stop();
      const lines = upgraded
        .stderr()
        .split("\n")
        .filter((line) => line.includes('"copy":'));
      const said = JSON.parse(lines[0] ?? "");
      expect(said).toMatchObject({ level: "info", msg: JSON.parse(codeOf("json")).msg });
      expect(said.copy).toMatch(/\/footfall\.db\.schema-\d{4}_\w+-\d{8}T\d{6}Z\.bak$/);
      await mark(place, "after the upgrade");

      // The release before refuses it, and leaves it as it is.
      const before = await bytesOf(place);
      expect((await rejection(openTestStore(locationOf(place), OLDER))).message).toContain("does not know");
      expect(await bytesOf(place)).toBe(before);

      const shell = Bun.spawnSync(["sh", "-eu", "-c", codeOf("sh")], { cwd: place.path, stderr: "pipe" });
      expect({ success: shell.success, said: shell.stderr.toString() }).toEqual({ success: true, said: "" });
      expect(await readdir(join(place.path, "newer"))).toContain("footfall.db");
      await (await openTestStore(locationOf(place), OLDER)).close();
      expect(await markOf(place)).toBe("before the upgrade");

      // And forward again.
      await using again = await startRelease(place);
      expect(again.adminKey).toBe(ADMIN_KEY);
      expect((await again.request("/ready")).status).toBe(200);
    },
    SLOW_MS,
  );

  test(
    "a release that meets a newer database says what it says there, and touches nothing",
    async () => {
      await using place = createPlace();
      await place.json(["site", "list"]);
      {
        using sql = openSql(databaseOf(place));
        await sql.execute("INSERT INTO schema_migrations (tag, applied_at) VALUES ('0042_sessions', 1)");
        await sql.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      }
      const before = await bytesOf(place);
      for (const args of [
        ["serve", "--port", "0"],
        ["site", "list"],
      ]) {
        const refused = await place.run(args);
        expect(refused.exitCode).toBe(1);
        expect(onlyLineOf(refused).replace(`${place.path}/`, "")).toBe(codeOf("text").trim());
      }
      expect(await bytesOf(place)).toBe(before);
      expect(await readdir(join(place.path, "data"))).not.toContainEqual(expect.stringMatching(/\.bak$/));
    },
    SLOW_MS,
  );

  test("there is no other block in it", () => {
    expect(BLOCKS.map(({ language }) => language)).toEqual(["json", "text", "sh"]);
  });
});
