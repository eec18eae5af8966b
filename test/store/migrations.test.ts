import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createClient } from "@libsql/client";
import journal from "../../drizzle/meta/_journal.json";
import { MIGRATIONS, type Migration } from "../../src/store/migrations.ts";
import { startChild } from "../support/child.ts";
import { insertSpelledOut } from "../support/spelled-out.ts";
import {
  appendAll,
  createFileDatabase,
  createFolder,
  createServerDatabase,
  NOON,
  newEvent,
  openTestStore,
  rejection,
} from "../support/store.ts";

const DRIZZLE = resolve(import.meta.dir, "../../drizzle");

const MORE: readonly Migration[] = [
  ...MIGRATIONS,
  { tag: "0002_more", sql: "CREATE TABLE more (a);\n--> statement-breakpoint\nINSERT INTO more VALUES (1);" },
];

const TRIGGERS = [
  "api_keys_version_delete",
  "api_keys_version_insert",
  "api_keys_version_update",
  "attributed_counted_delete",
  "attributed_counted_insert",
  "attributed_counted_mark",
  "attributed_counted_restore",
  "audit_append_only",
  "deletions_counted_mark",
  "deletions_counted_purge",
  "deletions_counted_restore",
  "deletions_version_insert",
  "deletions_version_update",
  "events_counted_delete",
  "events_counted_insert",
  "events_counted_mark",
  "events_counted_restore",
  "pending_deletions_delete",
  "pending_deletions_insert",
  "pending_deletions_update",
  "sites_version_delete",
  "sites_version_insert",
  "sites_version_update",
];

describe("the list of schema changes", () => {
  test("is that of the generated journal, with the text of each file", () => {
    expect(MIGRATIONS.map(({ tag }) => tag)).toEqual(journal.entries.map(({ tag }) => tag));
    for (const { tag, sql } of MIGRATIONS) expect(sql).toBe(readFileSync(join(DRIZZLE, `${tag}.sql`), "utf8"));
    expect(readdirSync(DRIZZLE).filter((name) => name.endsWith(".sql"))).toHaveLength(MIGRATIONS.length);
  });

  test("is in the order of its tags, by which the last one applied is told", () => {
    const tags = MIGRATIONS.map(({ tag }) => tag);
    expect(tags.toSorted()).toEqual(tags);
  });
});

describe("a new file", () => {
  test("gets every schema change once, with the time, and every trigger", async () => {
    await using database = await createFileDatabase();
    await (await database.open()).close();
    await (await database.open()).close();
    const ledger = await database.sql.execute("SELECT tag, applied_at FROM schema_migrations ORDER BY tag");
    expect(ledger.rows.map(({ tag, applied_at }) => [tag, applied_at])).toEqual(
      MIGRATIONS.map(({ tag }) => [tag, NOON]),
    );
    const triggers = await database.sql.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name");
    expect(triggers.rows.map(({ name }) => name)).toEqual(TRIGGERS);
  });

  test("has a write-ahead log and gives freed pages back step by step", async () => {
    await using database = await createFileDatabase();
    await database.open();
    expect((await database.sql.execute("PRAGMA auto_vacuum")).rows[0]?.[0]).toBe(2);
    expect((await database.sql.execute("PRAGMA journal_mode")).rows[0]?.[0]).toBe("wal");
  });

  test("opened by five processes at once is prepared once, and none of them fails", async () => {
    await using folder = await createFolder();
    const path = join(folder.path, "new.db");
    const children = Array.from({ length: 5 }, () => startChild("prepare", path));
    await using stack = new AsyncDisposableStack();
    for (const child of children) stack.use(child);
    await Promise.all(children.map((child) => child.said("ready")));
    for (const child of children) child.write("go\n");
    await Promise.all(children.map((child) => child.said("prepared")));
    const client = createClient({ url: `file:${path}` });
    expect((await client.execute("SELECT count(*) AS n FROM schema_migrations")).rows[0]?.n).toBe(MIGRATIONS.length);
    expect((await client.execute("PRAGMA auto_vacuum")).rows[0]?.[0]).toBe(2);
    client.close();
  });
});

describe("a file of an older release", () => {
  test("is copied before its schema changes, and the copy holds the data", async () => {
    await using database = await createFileDatabase();
    const before = await database.open();
    const ids = await appendAll(
      before,
      Array.from({ length: 50 }, () => newEvent()),
    );
    await before.close();
    const after = await database.open({ migrations: MORE });
    expect(await after.reader.findEvent(ids[49] as number)).not.toBeNull();
    expect((await database.sql.execute("SELECT a FROM more")).rows).toHaveLength(1);
    const folder = join(database.path, "..");
    const copies = readdirSync(folder).filter((name) => name.includes(".schema-"));
    expect(copies).toEqual([`footfall.db.schema-${MIGRATIONS.at(-1)?.tag}-20260615T120000Z.bak`]);
    // The copy is a database of the older release: that release opens it.
    await using copy = await openTestStore({ kind: "file", path: join(folder, copies[0] as string) });
    const page = await copy.reader.listEvents({ filter: { siteId: 1 }, order: "asc", limit: 100, count: true });
    expect(page.events.map(({ id }) => id)).toEqual(ids);
    expect(page.total).toBe(50);
  });

  test("is left as it was when a schema change fails, and can be opened afterwards", async () => {
    await using database = await createFileDatabase();
    const before = await database.open();
    const [id] = await appendAll(before, [newEvent()]);
    await before.close();
    const broken = [
      ...MIGRATIONS,
      { tag: "0002_broken", sql: "CREATE TABLE half (a);\n--> statement-breakpoint\nNONSENSE;" },
    ];
    expect((await rejection(database.open({ migrations: broken }))).message).toContain(database.path);
    expect((await database.sql.execute("SELECT name FROM sqlite_schema WHERE name = 'half'")).rows).toEqual([]);
    const after = await database.open();
    expect(await after.reader.findEvent(id as number)).not.toBeNull();
  });

  test("counts the clicks, leads and conversions that it has already", async () => {
    await using database = await createFileDatabase();
    const older = MIGRATIONS.slice(
      0,
      MIGRATIONS.findIndex(({ tag }) => tag.endsWith("_attribution")),
    );
    await (await database.open({ migrations: older })).close();
    const clicks = Array.from({ length: 5 }, (_, n) => newEvent({ type: "click", clickId: n < 3 ? "c" : null }));
    await insertSpelledOut(database.sql, [...clicks, newEvent({ type: "lead", customerKey: "u", occurredAt: -1 })]);
    const after = await database.open();
    expect(await after.attribution.countEvents(1)).toEqual({ click: 3, lead: 1, conversion: 0, lastEventAt: NOON });
    const day = Math.floor(NOON / 86_400_000);
    expect((await after.attribution.countByDay({ siteId: 1 })).map((one) => one.day)).toEqual([-1, day]);
  });

  test("is not copied when nothing is to be changed", async () => {
    await using database = await createFileDatabase();
    await (await database.open({ migrations: MORE })).close();
    await (await database.open({ migrations: MORE })).close();
    expect(readdirSync(join(database.path, "..")).filter((name) => name.endsWith(".bak"))).toEqual([]);
  });
});

describe("a file that this release cannot use is refused with its name, and not touched", () => {
  async function expectRefused(path: string, ...words: readonly string[]): Promise<void> {
    const before = readFileSync(path);
    const opened = await openTestStore({ kind: "file", path }).catch((error) => error);
    expect(opened).toBeInstanceOf(Error);
    for (const word of [path, ...words]) expect(opened.message).toContain(word);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(path, "..")).filter((name) => name.endsWith(".bak"))).toEqual([]);
  }

  test("one of a newer release", async () => {
    await using database = await createFileDatabase();
    await (await database.open({ migrations: MORE })).close();
    await database.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    await expectRefused(database.path, "0002_more", "newer");
  });

  test("one of another program", async () => {
    await using folder = await createFolder();
    const path = join(folder.path, "other.db");
    const client = createClient({ url: `file:${path}` });
    await client.execute("CREATE TABLE customers (name)");
    client.close();
    await expectRefused(path, "another program", "customers");
  });

  test.each([
    ["random bytes", () => crypto.getRandomValues(new Uint8Array(8_192))],
    ["a text", () => new TextEncoder().encode("name,amount\n".repeat(1_000))],
    ["the beginning of a database", () => Buffer.from("SQLite format 3\0", "latin1")],
  ])("%s", async (_, bytes) => {
    await using folder = await createFolder();
    const path = join(folder.path, "footfall.db");
    writeFileSync(path, bytes());
    await expectRefused(path, "not a readable database");
  });

  test("a truncated database", async () => {
    await using database = await createFileDatabase();
    const store = await database.open();
    await appendAll(
      store,
      Array.from({ length: 2_000 }, () => newEvent({ url: "x".repeat(200) })),
    );
    await store.close();
    const whole = readFileSync(database.path);
    await using folder = await createFolder();
    const path = join(folder.path, "truncated.db");
    writeFileSync(path, whole.subarray(0, 4_096 * 2));
    await expectRefused(path, "damaged");
  });

  test("a folder", async () => {
    await using folder = await createFolder();
    expect((await rejection(openTestStore({ kind: "file", path: folder.path }))).message).toContain(
      `${folder.path} is a folder`,
    );
  });

  test("a place where nothing can be written", async () => {
    const path = "/proc/footfall-test/footfall.db";
    expect((await rejection(openTestStore({ kind: "file", path }))).message).toContain(
      "/proc/footfall-test cannot be created",
    );
    expect((await rejection(openTestStore({ kind: "file", path: "/proc/footfall.db" }))).message).toContain(
      "/proc/footfall.db cannot be",
    );
  });
});

describe("a libSQL server", () => {
  test("that two stores open at once is prepared once", async () => {
    await using database = await createServerDatabase();
    await Promise.all(Array.from({ length: 4 }, () => database.open()));
    const { rows } = await database.sql.execute("SELECT count(*) AS n FROM schema_migrations");
    expect(rows[0]?.n).toBe(MIGRATIONS.length);
  });

  test("of a newer release is refused, and one that does not answer too", async () => {
    await using database = await createServerDatabase();
    await (await database.open({ migrations: MORE })).close();
    const server = new URL((database.location as { url: string }).url).host;
    expect((await rejection(database.open())).message).toMatch(new RegExp(`${server}.*0002_more`));
    const nobody = "http://127.0.0.1:1/?authToken=secret";
    const error: Error = await openTestStore({ kind: "remote", url: nobody }, { role: "command" }).catch(
      (reason) => reason,
    );
    expect(error.message).toContain("127.0.0.1:1 cannot be used");
    expect(error.message).not.toContain("secret");
  });
});
