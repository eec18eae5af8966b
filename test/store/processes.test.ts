import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { systemClock } from "../../src/lib/clock.ts";
import { DatabaseInUseError } from "../../src/store/file-lock.ts";
import { createReadPool } from "../../src/store/read-pool.ts";
import { startChild } from "../support/child.ts";
import { eventually } from "../support/clock.ts";
import { appendAll, createFileDatabase, createFolder, newEvent, openTestStore, rejection } from "../support/store.ts";

const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size : 0);

describe("the lock of a database file", () => {
  test("refuses a second server in this process and names the holder; a command works beside it", async () => {
    await using database = await createFileDatabase();
    const first = await database.open();
    const refused = await database.open().catch((error) => error);
    expect(refused).toBeInstanceOf(DatabaseInUseError);
    expect(refused.message).toContain(database.path);
    expect(refused.message).toContain(`process ${process.pid}`);
    const command = await database.open({ role: "command" });
    await appendAll(command, [newEvent()]);
    await appendAll(first, [newEvent()]);
    await first.close();
    await command.close();
    await database.open();
  });

  test("of another process is released by its death, however it dies", async () => {
    await using database = await createFileDatabase();
    await using child = startChild("serve", database.path);
    await child.said("serving");
    const refused = await database.open().catch((error) => error);
    expect(refused).toBeInstanceOf(DatabaseInUseError);
    expect(refused.message).toContain(`process ${child.pid}`);
    const command = await database.open({ role: "command" });
    await appendAll(command, [newEvent()]);
    child.kill("SIGKILL");
    await child.exited;
    const server = await database.open();
    expect((await server.reader.listEvents({ filter: { siteId: 1 }, order: "asc", limit: 9, count: true })).total).toBe(
      1,
    );
  });

  test("is not lost by a start that fails: the next one can have it", async () => {
    await using database = await createFileDatabase();
    const broken = [{ tag: "0000_tables", sql: "NONSENSE" }];
    expect((await rejection(database.open({ migrations: broken }))).message).toContain(database.path);
    await database.open();
  });
});

describe("two processes that write to one file", () => {
  test("lose no event, share no id, and never tell the caller that the other one was busy", async () => {
    await using database = await createFileDatabase();
    const server = await database.open({ clock: systemClock });
    await using child = startChild("import", database.path, "40");
    await child.said("importing");
    let isOver = false;
    const imported = child.said("imported").finally(() => {
      isOver = true;
    });
    const ids: number[] = [];
    const appendMore = async () => {
      while (!isOver) ids.push(...(await appendAll(server, [newEvent(), newEvent()])));
    };
    await Promise.all([imported, ...Array.from({ length: 8 }, appendMore)]);
    expect(await child.exited).toBe(0);
    const count = async (siteId: number) => {
      const { rows } = await database.sql.execute({
        sql: "SELECT count(*) AS n FROM events WHERE site_id = ?",
        args: [siteId],
      });
      return rows[0]?.n;
    };
    expect(await count(2)).toBe(40 * 20);
    expect(ids.length).toBeGreaterThan(0);
    expect(await count(1)).toBe(ids.length);
    expect((await database.sql.execute("SELECT sum(n) AS n FROM event_totals")).rows[0]?.n).toBe(ids.length + 800);
  });
});

describe("a server that is killed", () => {
  test("has stored every event that it had acknowledged, each once", async () => {
    await using database = await createFileDatabase();
    const acknowledged: number[] = [];
    for (const enough of [20, 60, 100]) {
      await using child = startChild("append", database.path);
      const lines = child.lines();
      await eventually("events are acknowledged", 10_000, () => child.count() > enough);
      child.kill("SIGKILL");
      acknowledged.push(...(await lines).map(Number));
    }
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    await database.open();
    const stored = new Set((await database.sql.execute("SELECT id FROM events")).rows.map(({ id }) => Number(id)));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect((await database.sql.execute("PRAGMA integrity_check")).rows[0]?.[0]).toBe("ok");
    expect((await database.sql.execute("SELECT sum(n) AS n FROM event_totals")).rows[0]?.n).toBe(stored.size);
  });
});

describe("the write-ahead log", () => {
  test("is cut when the writes pause", async () => {
    await using database = await createFileDatabase();
    const store = await database.open();
    await appendAll(
      store,
      Array.from({ length: 3_000 }, () => newEvent({ url: "x".repeat(300) })),
    );
    expect(sizeOf(`${database.path}-wal`)).toBeGreaterThan(0);
    await eventually("the log is cut", 3_000, () => sizeOf(`${database.path}-wal`) === 0);
    expect(sizeOf(database.path)).toBeGreaterThan(1_000_000);
  });

  test("is cut also while long reads keep every core busy", async () => {
    await using database = await createFileDatabase();
    const store = await database.open();
    const connections = availableParallelism();
    const pool = createReadPool({ path: database.path, connections, maxWaiting: 1, deadlineMs: 60_000 });
    const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    const reads = Array.from({ length: connections }, () => rejection(pool.query(endless, [])));
    await appendAll(
      store,
      Array.from({ length: 500 }, () => newEvent()),
    );
    expect(sizeOf(`${database.path}-wal`)).toBeGreaterThan(0);
    await eventually("the log is cut", 4_000, () => sizeOf(`${database.path}-wal`) === 0);
    await pool.close();
    await Promise.all(reads);
  });

  test("is empty or gone after the end, and the file alone holds every event", async () => {
    await using database = await createFileDatabase();
    const store = await database.open();
    const ids = await appendAll(
      store,
      Array.from({ length: 1_000 }, () => newEvent()),
    );
    await store.close();
    expect(sizeOf(`${database.path}-wal`)).toBe(0);
    await using folder = await createFolder();
    const path = join(folder.path, "copy.db");
    copyFileSync(database.path, path);
    const copy = createClient({ url: `file:${path}` });
    expect((await copy.execute("PRAGMA integrity_check")).rows[0]?.[0]).toBe("ok");
    copy.close();
    await using opened = await openTestStore({ kind: "file", path });
    expect(await opened.reader.findEvent(ids[999] as number)).not.toBeNull();
    expect((await opened.reader.listEvents({ filter: { siteId: 1 }, order: "asc", limit: 1, count: true })).total).toBe(
      1_000,
    );
  });
});
