import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, link, mkdir, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { claimDatabase, holdDatabase } from "../../src/store/file-lock.ts";
import { createPlace, onlyLineOf, type Place, SLOW_MS, urlOf } from "./footfall.ts";

interface Facts {
  readonly events: number;
  readonly sites: number;
  readonly keys: number;
  readonly bytes: number;
}

let place: Place;
let database: string;
beforeEach(async () => {
  place = createPlace();
  database = join(place.path, "data", "footfall.db");
  await place.json(["site", "add", "--name", "A", "--domain", "a.example"]);
  await place.json(["key", "add", "--name", "K", "--permissions", "events:read"]);
  await importEvents(20);
}, SLOW_MS);
afterEach(() => place[Symbol.asyncDispose]());

const path = (...names: string[]) => join(place.path, ...names);

/** Events with much in them, each time the same ones and as many more. */
const importEvents = (count: number) =>
  place.json(["import", "-", "--site", "1", "--format", "jsonl"], {
    stdin: Array.from({ length: count }, (_, n) =>
      JSON.stringify({
        eventType: "click",
        timestamp: "2026-05-17T10:00:00Z",
        eventId: `e${n}`,
        properties: { n, text: "x".repeat(500) },
      }),
    ).join("\n"),
  });

async function exportOf(env: Record<string, string> = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await place.run(["export", "--site", "1"], { env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

/** The one line that a command which fails says. */
async function failure(...args: string[]): Promise<string> {
  const ended = await place.run(args);
  expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
  return onlyLineOf(ended);
}

/** Bytes 18 and 19 of a database: 2 in WAL mode. */
const isLive = async (file: string) => (await readFile(file)).subarray(18, 20).equals(Buffer.from([2, 2]));

async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  // Every page but the first: whatever is read is garbage.
  bytes.fill(0xa5, 4096 + 64);
  await Bun.write(file, bytes);
}

describe("backup", () => {
  test(
    "makes one file that needs nothing beside it, with what it holds told in a line",
    async () => {
      const { exitCode, stdout, stderr } = await place.run(["backup", "b.db"]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout).toMatch(/^b\.db: 20 events, 1 site, 1 key, \d+\.\d kB, looked through \(\d+\.\d s\)\n$/);
      expect((await readdir(place.path)).toSorted()).toEqual(["b.db", "data"]);
      expect(await isLive(path("b.db"))).toBeFalse();
      expect(await exportOf({ FOOTFALL_DATABASE_URL: `file:${path("b.db")}` })).toBe(await exportOf());
    },
    SLOW_MS,
  );

  test(
    "is told as JSON",
    async () => {
      const report = await place.json<Facts>(["backup", "b.db"]);
      expect(report).toMatchObject({ file: "b.db", events: 20, deletedEvents: 0, sites: 1, keys: 1, removed: [] });
      expect(report.bytes).toBe((await stat(path("b.db"))).size);
    },
    SLOW_MS,
  );

  test(
    "replaces a file only where that is said",
    async () => {
      await Bun.write(path("b.db"), "precious");
      expect(await failure("backup", "b.db")).toContain("b.db exists; say --force to replace it, or --keep N");
      expect(await Bun.file(path("b.db")).text()).toBe("precious");
      expect(await place.json<Facts>(["backup", "b.db", "--force"])).toMatchObject({ events: 20 });
    },
    SLOW_MS,
  );

  test(
    "with --keep puts the time into the name and removes the oldest, and nothing else",
    async () => {
      await mkdir(path("b"));
      const others = ["day.db", "day-1.db", "day-20260101T000000000Z.txt", "night-20200101T000000000Z.db"];
      for (const name of [...others, "day-20200101T000000000Z.db", "day-20200102T000000000Z.db"])
        await Bun.write(path("b", name), "");
      const { file, removed } = await place.json<{ file: string; removed: string[] }>([
        "backup",
        "b/day.db",
        "--keep",
        "2",
      ]);
      expect(file).toMatch(/^b\/day-\d{8}T\d{9}Z\.db$/);
      expect(removed).toEqual(["b/day-20200101T000000000Z.db"]);
      const left = [...others, "day-20200102T000000000Z.db", file.slice(2)];
      expect((await readdir(path("b"))).toSorted()).toEqual(left.toSorted());
    },
    SLOW_MS,
  );

  test(
    "in a folder takes the name of the database",
    async () => {
      await mkdir(path("b"));
      for (const target of ["b", "b/", "new/"]) {
        const { file } = await place.json<{ file: string }>(["backup", target, "--keep", "9"]);
        expect(file).toMatch(/^(?:b|new)\/footfall-\d{8}T\d{9}Z\.db$/);
      }
      expect(await readdir(path("b"))).toHaveLength(2);
    },
    SLOW_MS,
  );

  test(
    "has the permissions of the database, so that no more people can read it",
    async () => {
      await chmod(database, 0o600);
      await place.json(["backup", "b.db"]);
      expect((await stat(path("b.db"))).mode & 0o777).toBe(0o600);
    },
    SLOW_MS,
  );

  test(
    "removes what a backup that was killed has left, and not what another one is making",
    async () => {
      await Bun.write(path("b.db.aaaaaaaa.unfinished"), "left");
      await Bun.write(path("b.db.other"), "not ours");
      await place.json(["backup", "b.db"]);
      expect((await readdir(place.path)).toSorted()).toEqual(["b.db", "b.db.other", "data"]);
    },
    SLOW_MS,
  );

  test(
    "of a database that is not there, damaged, or where nothing can be written, says so and leaves nothing",
    async () => {
      expect(await failure("backup", "b.db", "--database-url", "file:nothing.db")).toContain("there is no database");
      expect(await failure("backup", "data/footfall.db/b.db")).toContain("cannot be created");
      await damage(database);
      expect(await failure("backup", "b.db")).toContain("is not a readable database");
      expect(await readdir(place.path)).toEqual(["data"]);
    },
    SLOW_MS,
  );

  test.each([
    ["backup", ["backup", "b.db"]],
    ["restore", ["restore", "b.db"]],
    ["compact", ["compact"]],
  ])(
    "%s of a database on a server says what to use instead",
    async (command, args) => {
      const said = await failure(...args, "--database-url", "http://127.0.0.1:1");
      expect(said).toContain(
        `${command} works on a database file, and FOOTFALL_DATABASE_URL names a server (http://127.0.0.1:1)`,
      );
    },
    SLOW_MS,
  );
});

describe("restore", () => {
  test(
    "brings back what was backed up, where nothing is",
    async () => {
      const before = await exportOf();
      await place.json(["backup", "b.db"]);
      await rm(path("data"), { recursive: true });
      const { exitCode, stdout, stderr } = await place.run(["restore", "b.db"]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout).toMatch(/footfall\.db: 20 events, 1 site, 1 key, \d+\.\d kB\n$/);
      expect(await isLive(database)).toBeTrue();
      expect((await readdir(path("data"))).toSorted()).toEqual(["footfall.db", "footfall.db.lock", "footfall.db.open"]);
      expect(await exportOf()).toBe(before);
    },
    SLOW_MS,
  );

  test(
    "replaces a database only where that is said, and keeps it",
    async () => {
      await place.json(["backup", "b.db"]);
      const before = await exportOf();
      await importEvents(30);
      const later = await exportOf();
      expect(await failure("restore", "b.db")).toContain("exists; with --force the backup takes its place");
      expect(await exportOf()).toBe(later);
      const { replaced } = await place.json<{ replaced: string }>(["restore", "b.db", "--force"]);
      expect(await exportOf()).toBe(before);
      expect(await exportOf({ FOOTFALL_DATABASE_URL: `file:${replaced}` })).toBe(later);
    },
    SLOW_MS,
  );

  test(
    "replaces a damaged database, and does not take its log for that of the backup",
    async () => {
      const before = await exportOf();
      await place.json(["backup", "b.db"]);
      await damage(database);
      await Bun.write(`${database}-wal`, "garbage of another file");
      const { replaced } = await place.json<{ replaced: string }>(["restore", "b.db", "--force"]);
      expect(await exportOf()).toBe(before);
      expect(existsSync(replaced)).toBeTrue();
    },
    SLOW_MS,
  );

  test(
    "takes a log away that lies there without its database",
    async () => {
      const before = await exportOf();
      await place.json(["backup", "b.db"]);
      await importEvents(30);
      await using server = place.start(["serve", "--port", "0"]);
      await urlOf(server);
      server.process.kill("SIGKILL");
      await server.process.exited;
      await rm(database);
      await Bun.write(`${database}-wal`, await Bun.file(path("b.db")).bytes());
      await place.json(["restore", "b.db"]);
      expect(await exportOf()).toBe(before);
    },
    SLOW_MS,
  );

  test(
    "looks the backup through before anything is replaced",
    async () => {
      const before = await exportOf();
      await place.json(["backup", "b.db"]);
      await damage(path("b.db"));
      await Bun.write(path("text.db"), "no database at all, but long enough to look like one".repeat(100));
      await Bun.write(path("empty.db"), "");
      expect(await failure("restore", "b.db", "--force")).toMatch(/b\.db is not (?:sound|a readable database)/);
      expect(await failure("restore", "text.db", "--force")).toContain("text.db is not a readable database");
      expect(await failure("restore", "empty.db", "--force")).toContain(
        "empty.db is not sound: It is no database of Footfall",
      );
      expect(await failure("restore", "nothing.db", "--force")).toContain("There is no file nothing.db");
      expect(existsSync(path("nothing.db"))).toBeFalse();
      expect(await failure("restore", "data/footfall.db", "--force")).toContain("is the database itself");
      expect(await exportOf()).toBe(before);
      expect((await readdir(path("data"))).filter((name) => /replaced|unfinished/.test(name))).toEqual([]);
    },
    SLOW_MS,
  );

  test(
    "follows a link to the database, which stays one",
    async () => {
      await place.json(["backup", "b.db"]);
      await mkdir(path("disk"));
      await link(database, path("disk", "real.db"));
      for (const name of await readdir(path("data"))) await rm(path("data", name));
      await symlink(path("disk", "real.db"), database);
      await place.json(["restore", "b.db", "--force"]);
      expect((await stat(path("disk", "real.db"))).ino).toBe((await stat(database)).ino);
      expect(await exportOf()).toContain('"e:e19"');
    },
    SLOW_MS,
  );
});

describe("compact", () => {
  test(
    "gives free space back, and keeps all that is in the file and its settings",
    async () => {
      await importEvents(3_000);
      const before = await exportOf();
      const { Database } = await import("bun:sqlite");
      const sql = new Database(database);
      sql.exec("CREATE TABLE filler (t); INSERT INTO filler SELECT zeroblob(2000000); DROP TABLE filler");
      sql.close();
      await chmod(database, 0o640);
      const report = await place.json<Facts & { bytesBefore: number; bytesGained: number }>(["compact"]);
      expect(report).toMatchObject({ events: 3_000, sites: 1, keys: 1 });
      const { file } = await place.json<{ file: unknown }>(["check"]);
      expect(file).toMatchObject({ givesSpaceBack: true, journalMode: "wal" });
      expect(report.bytesGained).toBeGreaterThan(1_900_000);
      expect((await stat(database)).size).toBe(report.bytesBefore - report.bytesGained);
      expect((await stat(database)).mode & 0o777).toBe(0o640);
      expect(await isLive(database)).toBeTrue();
      expect(await exportOf()).toBe(before);
      expect((await readdir(path("data"))).filter((name) => name.includes("unfinished"))).toEqual([]);
      expect((await place.run(["compact"])).stdout).toMatch(
        /footfall\.db: 3,000 events, .*; \d+(?:\.\d)? k?[Bb](?:ytes)? given back\n$/,
      );
    },
    SLOW_MS,
  );

  test(
    "of a damaged database changes nothing",
    async () => {
      await damage(database);
      const before = await readFile(database);
      expect(await failure("compact")).toMatch(/is (?:damaged|not a readable database|not sound)/);
      expect((await readFile(database)).equals(before)).toBeTrue();
    },
    SLOW_MS,
  );

  test(
    "of a database that is not there makes none",
    async () => {
      expect(await failure("compact", "--database-url", "file:nothing.db")).toContain("There is no database");
      expect(existsSync(path("nothing.db"))).toBeFalse();
    },
    SLOW_MS,
  );
});

describe("while a server holds the database", () => {
  test(
    "backup and check work, restore and compact say which process it is",
    async () => {
      await using server = place.start(["serve", "--port", "0"]);
      await urlOf(server);
      expect(await place.json<Facts>(["backup", "b.db"])).toMatchObject({ events: 20 });
      expect(await place.json<object>(["check"])).toMatchObject({ ok: true });
      for (const args of [["restore", "b.db", "--force"], ["compact"]]) {
        const said = await failure(...args);
        expect(said).toContain(`in use by another Footfall server (process ${server.process.pid}). Stop it first`);
      }
    },
    SLOW_MS,
  );
});

describe("while a command has the database open", () => {
  test(
    "restore and compact refuse, and a backup is made",
    async () => {
      using _ = holdDatabase(database);
      await place.json(["backup", "b.db"]);
      for (const args of [["restore", "b.db", "--force"], ["compact"]]) {
        expect(await failure(...args)).toContain("in use by another Footfall command");
      }
    },
    SLOW_MS,
  );

  test(
    "another program counts as well",
    async () => {
      await place.json(["backup", "b.db"]);
      const { Database } = await import("bun:sqlite");
      using sql = new Database(database);
      sql.exec("BEGIN; SELECT count(*) FROM events");
      for (const args of [["restore", "b.db", "--force"], ["compact"]]) {
        expect(await failure(...args)).toContain("is open in another program; stop that first");
      }
      sql.exec("COMMIT");
    },
    SLOW_MS,
  );
});

test(
  "while the database is being replaced, nothing else opens it",
  async () => {
    using _ = claimDatabase(database);
    for (const args of [["site", "list"], ["serve", "--port", "0"], ["backup", "b.db"], ["check"]]) {
      expect(await failure(...args)).toContain("in use by a Footfall command that replaces it");
    }
  },
  SLOW_MS,
);
