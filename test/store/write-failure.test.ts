import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Client, createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { kv } from "../../src/store/schema.ts";
import { classifyFailure, overloaded, refusal, takesNothing } from "../../src/store/write-failure.ts";
import { createFileDatabase, createServerDatabase, type TestDatabase } from "../support/store.ts";

const event = (id: number, said = "'a', 0") =>
  `INSERT INTO events (id, received_offset, site_id, type, occurred_at) VALUES (${id}, 0, 1, ${said})`;
const site = (name: string) =>
  `INSERT INTO sites (name, tracking_code, site_key, scope, created_at) VALUES ('${name}', 't', 'k', 's', 0)`;

async function failureOf(action: () => Promise<unknown>): Promise<string> {
  const error = await action().then(
    () => null,
    (reason: unknown) => reason,
  );
  return error === null ? "none" : classifyFailure(error).failure;
}

describe.each([
  ["a file", createFileDatabase],
  ["a libSQL server", createServerDatabase],
] as const)("an error of %s", (_, createDatabase) => {
  let database: TestDatabase;
  let sql: Client;
  beforeAll(async () => {
    database = await (createDatabase as () => Promise<TestDatabase>)();
    sql = database.sql;
    await database.open();
    await sql.execute(event(1));
    await sql.execute(site("first"));
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test.each([
    ["a taken event id", event(1), "id_clash"],
    ["a taken name of a site", site("second"), "conflict"],
    ["a missing value", event(2, "NULL, 0"), "bad_row"],
    ["malformed JSON", "SELECT * FROM json_each('[1')", "bad_row"],
    ["an unknown table", "SELECT * FROM nothing", "broken"],
    ["wrong SQL", "NONSENSE", "broken"],
  ])("about %s is told from others, alone and in a batch", async (_what, statement, failure) => {
    expect(await failureOf(() => sql.execute(statement))).toBe(failure);
    expect(await failureOf(() => sql.batch([statement], "write"))).toBe(failure);
  });

  test("is not judged by the values of its query, and does not quote them", async () => {
    const db = drizzle({ client: sql });
    const row = {
      key: "once",
      value: "SQLITE_FULL: disk is full, database is locked, UNIQUE constraint failed: events.id",
    };
    await db.insert(kv).values(row);
    const error = await db
      .insert(kv)
      .values(row)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    const { failure, message } = classifyFailure(error);
    expect(failure).toBe("conflict");
    expect(message).not.toContain(row.value);
  });
});

describe("an error of a file", () => {
  test("that another connection has locked is busy", async () => {
    await using database = await createFileDatabase();
    await database.open();
    const other = createClient({ url: `file:${database.path}`, timeout: 1 });
    const lock = await database.sql.transaction("write");
    expect(await failureOf(() => other.execute(event(1)))).toBe("busy");
    await lock.rollback();
    other.close();
  });

  test("on a disk without space is a full disk", async () => {
    await using database = await createFileDatabase();
    await database.open();
    await database.sql.execute("PRAGMA max_page_count = 1");
    const fill = () =>
      database.sql.execute({ sql: "INSERT INTO kv (key, value) VALUES ('big', ?)", args: ["x".repeat(100_000)] });
    expect(await failureOf(fill)).toBe("disk_full");
  });
});

test.each(["SQLITE_IOERR", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_WRITE"])("%s is a disk that fails", (code) => {
  const error = Object.assign(new Error(`${code}: disk I/O error`), { code });
  expect(classifyFailure(error).failure).toBe("disk_error");
  expect(classifyFailure(new Error("Failed query", { cause: error })).failure).toBe("disk_error");
  expect(refusal("disk_error", "disk I/O error")).toMatchObject({ code: "overloaded", retryAfter: 1 });
});

test("what waits has no better chance only where the database takes nothing at all", () => {
  const failures = [
    "busy",
    "no_answer",
    "refused",
    "disk_error",
    "disk_full",
    "id_clash",
    "conflict",
    "broken",
  ] as const;
  const hopeless = failures.filter((failure) => takesNothing(refusal(failure, "said the database")));
  expect(hopeless).toEqual(["busy", "no_answer", "refused"]);
  expect(takesNothing(overloaded("Too many events are waiting"))).toBe(false);
});

describe("an error on the way to a libSQL server", () => {
  const answer = (status: number) => Bun.serve({ port: 0, fetch: () => new Response("no", { status }) });

  test("that nobody listens to is busy: nothing was done; too late an answer is none", async () => {
    const nobody = createClient({ url: "http://127.0.0.1:1" });
    expect(await failureOf(() => nobody.execute("SELECT 1"))).toBe("busy");
    await using slow = Bun.serve({ port: 0, fetch: () => new Promise<Response>(() => {}) });
    const late = createClient({
      url: `http://127.0.0.1:${slow.port}`,
      fetch: (request: Request) => fetch(new Request(request, { signal: AbortSignal.timeout(50) })),
    });
    expect(await failureOf(() => late.execute("SELECT 1"))).toBe("no_answer");
  });

  test("that is cut off is none: it may have been done", async () => {
    using cut = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.terminate() } });
    const client = createClient({ url: `http://127.0.0.1:${cut.port}` });
    expect(await failureOf(() => client.execute("SELECT 1"))).toBe("no_answer");
  });

  test("with something that is no answer of a database server is none", async () => {
    await using page = Bun.serve({
      port: 0,
      fetch: () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    });
    const client = createClient({ url: `http://127.0.0.1:${page.port}` });
    expect(await failureOf(() => client.execute("SELECT 1"))).toBe("no_answer");
  });

  test.each([
    [429, "busy"],
    [502, "no_answer"],
    [503, "no_answer"],
    [401, "refused"],
    [403, "refused"],
    [404, "refused"],
    [400, "broken"],
  ])("with status %d is %s", async (status, failure) => {
    await using server = answer(status);
    const client = createClient({ url: `http://127.0.0.1:${server.port}` });
    expect(await failureOf(() => client.execute("SELECT 1"))).toBe(failure);
  });
});
