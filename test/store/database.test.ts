import { describe, expect, test } from "bun:test";
import type { Client } from "@libsql/client";
import { type ConnectionRole, type Durability, openClient } from "../../src/store/database.ts";
import { createReadPool } from "../../src/store/read-pool.ts";
import { createFileDatabase, rejection, type TestDatabase } from "../support/store.ts";

async function withClient(
  role: ConnectionRole,
  durability: Durability,
  check: (client: Client, at: TestDatabase) => Promise<void>,
) {
  await using database = await createFileDatabase();
  await database.open();
  const client = openClient(database.location, { role, durability });
  try {
    await check(client, database);
  } finally {
    client.close();
  }
}

const pragma = async (client: Client, name: string) => (await client.execute(`PRAGMA ${name}`)).rows[0]?.[0];

describe("the writer's connection", () => {
  test.each([
    ["full", 2],
    ["normal", 1],
  ] as const)("with durability %s syncs as that says", async (durability, synchronous) => {
    await withClient("writer", durability, async (client) => {
      expect(await pragma(client, "synchronous")).toBe(synchronous);
      expect(await pragma(client, "journal_mode")).toBe("wal");
      expect(await pragma(client, "cache_size")).toBe(-16_384);
      expect(await pragma(client, "busy_timeout")).toBe(5_000);
      expect(await pragma(client, "query_only")).toBe(0);
    });
  });

  test("keeps its settings when a broken connection is replaced", async () => {
    await withClient("writer", "full", async (client) => {
      await client.reconnect();
      expect(await pragma(client, "synchronous")).toBe(2);
      expect(await pragma(client, "cache_size")).toBe(-16_384);
    });
  });
});

describe("a reader's connection", () => {
  test("cannot write, also when a broken one is replaced", async () => {
    await withClient("reader", "full", async (client) => {
      for (const renew of [false, true]) {
        if (renew) await client.reconnect();
        expect(await pragma(client, "query_only")).toBe(1);
        expect(await pragma(client, "cache_size")).toBe(-8_192);
        expect((await rejection(client.execute("INSERT INTO kv (key, value) VALUES ('a', 'b')"))).message).toContain(
          "readonly",
        );
      }
    });
  });

  test("of the pool cannot write either", async () => {
    await using database = await createFileDatabase();
    await database.open();
    const pool = createReadPool({ path: database.path, connections: 1, maxWaiting: 1, deadlineMs: 5_000 });
    expect(await pool.query("PRAGMA query_only", [])).toBe(1);
    expect(
      (await rejection(pool.query("INSERT INTO kv (key, value) VALUES ('a', 'b') RETURNING 1", []))).message,
    ).toContain("readonly");
    await pool.close();
  });
});

test("a file that cannot be opened leaves the client usable for the next try, not waiting for ever", async () => {
  await using database = await createFileDatabase();
  await database.open();
  const client = openClient(
    { kind: "file", path: `${database.path}.none/x.db` },
    { role: "writer", durability: "full" },
  );
  for (let n = 0; n < 3; n++)
    expect(await rejection(client.execute("SELECT 1"))).not.toHaveProperty("message", "It was not rejected");
  client.close();
});
