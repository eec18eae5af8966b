import { describe, expect, test } from "bun:test";
import type { Client } from "@libsql/client";
import { appendAll, createFileDatabase, NOON, newEvent, rejection } from "../support/store.ts";

const nodeOf = (id: number) => Math.floor(id / 64) % 64;

const leases = async (sql: Client) =>
  (await sql.execute("SELECT key, value FROM kv WHERE key LIKE 'node:%' ORDER BY key")).rows.map(({ key }) => key);

describe("node numbers", () => {
  test("are 0 for the server of a file and one each for commands beside it, given back at the end", async () => {
    await using database = await createFileDatabase();
    const stores = [await database.open()];
    for (let n = 0; n < 3; n++) stores.push(await database.open({ role: "command" }));
    const nodes: number[] = [];
    for (const store of stores) nodes.push(...(await appendAll(store, [newEvent()])).map(nodeOf));
    expect(nodes).toEqual([0, 1, 2, 3]);
    expect(await leases(database.sql)).toEqual(["node:1", "node:2", "node:3"]);
    await stores[2]?.close();
    expect(await leases(database.sql)).toEqual(["node:1", "node:3"]);
    const next = await database.open({ role: "command" });
    expect((await appendAll(next, [newEvent()])).map(nodeOf)).toEqual([2]);
  });

  test("of a process that died can be had once its lease has run out", async () => {
    await using database = await createFileDatabase();
    await (await database.open()).close();
    const lease = (node: number, expiresAt: number) =>
      database.sql.execute({ sql: "INSERT INTO kv VALUES (?, 'dead', ?)", args: [`node:${node}`, expiresAt] });
    await lease(1, NOON + 1);
    await lease(2, NOON);
    const store = await database.open({ role: "command" });
    expect((await appendAll(store, [newEvent()])).map(nodeOf)).toEqual([2]);
  });

  test("taken over by another process meanwhile are left to it", async () => {
    await using database = await createFileDatabase();
    const store = await database.open({ role: "command" });
    await database.sql.execute("UPDATE kv SET value = 'another' WHERE key = 'node:1'");
    await store.close();
    expect(await leases(database.sql)).toEqual(["node:1"]);
  });

  test("that are all taken are an error that says so, and nothing stays open", async () => {
    await using database = await createFileDatabase();
    await (await database.open()).close();
    await database.sql.execute({
      sql: `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 63)
            INSERT INTO kv SELECT 'node:' || i, 'taken', ? FROM n`,
      args: [NOON + 1_000],
    });
    const refused = await rejection(database.open({ role: "command" }));
    expect(refused.message).toContain("All 63 node numbers are leased");
    // The server of the file has its own.
    await database.open();
  });
});
