import { describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { createDurabilityNotice } from "../../src/store/server-durability.ts";
import { eventually } from "../support/clock.ts";
import { createTestLog, type LogLine } from "../support/log.ts";
import { setDurability, startSqld } from "../support/sqld.ts";
import { openTestStore } from "../support/store.ts";

const about = (lines: readonly LogLine[]) =>
  lines.flatMap(({ level, fields }) => (fields.durability ? [[level, fields.durability]] : []));

describe("what an acknowledged event has survived", () => {
  test("is said at the start and whenever it changes; a server forgets it when it is started", async () => {
    await using server = await startSqld();
    await setDurability(server, "strong");
    const { log, lines } = createTestLog();
    await using _ = await openTestStore({ kind: "remote", url: server.url }, { log });
    expect(about(lines)).toEqual([["info", "strong"]]);
    expect(lines.map(({ message }) => message).join()).toContain("survives a power cut there");

    await server.kill();
    await server.restart();
    await eventually("the change is noticed", 5_000, () => about(lines).length === 2);
    expect(about(lines)[1]).toEqual(["warn", "relaxed"]);
    expect(lines.at(-1)?.message).toContain("not a power cut there");
    await setDurability(server, "strong");
    await eventually("the change is noticed", 5_000, () => about(lines).length === 3);
    expect(about(lines)[2]).toEqual(["info", "strong"]);
  });

  test.each([
    ["server", "full", "warn"],
    ["server", "normal", "info"],
    ["command", "full", "info"],
  ] as const)("of a %s that wants %s is a %s where the server does less", async (role, durability, level) => {
    await using server = await startSqld();
    const { log, lines } = createTestLog();
    await using _ = await openTestStore({ kind: "remote", url: server.url }, { log, role, durability });
    expect(about(lines)).toEqual([[level, "relaxed"]]);
  });

  test("cannot be told of a server that does not say it; nothing is asked again then", async () => {
    await using server = Bun.serve({ port: 0, fetch: () => Response.json({ message: "no" }, { status: 400 }) });
    const { log, lines } = createTestLog();
    const url = `http://127.0.0.1:${server.port}`;
    const notice = await createDurabilityNotice(createClient({ url }), { url, wanted: "full", log });
    expect(notice.expression).toBe("NULL");
    notice.note(null);
    expect(about(lines)).toEqual([["info", "unknown"]]);
  });

  test("is Turso's business there", async () => {
    const { log, lines } = createTestLog();
    const url = "libsql://events-me.turso.io";
    // It is not asked: nobody is there in a test.
    const notice = await createDurabilityNotice(createClient({ url }), { url, wanted: "full", log });
    expect(notice.expression).toBe("NULL");
    expect(about(lines)).toEqual([["info", "turso"]]);
  });
});
