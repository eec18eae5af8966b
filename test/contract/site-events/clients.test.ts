import { beforeAll, describe, expect, test } from "bun:test";
import { runToEnd } from "../../support/run-to-end.ts";
import { onEveryTarget, type TestServer } from "../../support/server.ts";
import { createFolder, openSql } from "../../support/store.ts";
import { createEvents, pageView } from "../collection/fixture.ts";
import { BROWSER, createSite, GPTBOT, type SiteEventPage, track, type Website } from "./fixture.ts";
import { GUIDE_HOST, GUIDE_KEY, JAVASCRIPT_CLIENT, PYTHON_CLIENT } from "./seed/guide.ts";

const EVENTS = 10_000;
const DAY = 86_400_000;

beforeAll(() => {
  const python = Bun.spawnSync(["python3", "-c", "import requests"]);
  if (python.exitCode !== 0) {
    throw new Error("The guide's client needs Python's requests: apt-get install python3 python3-requests");
  }
});

/** A site of 10,000 events of this week, many at the same millisecond, among as many that do not show. */
async function createFullSite(server: TestServer, kind: (n: number) => Record<string, unknown>): Promise<Website> {
  const site = await createSite(server);
  const newest = Date.now() - 1_000;
  for (let start = 0; start < EVENTS; start += 500) {
    const events = Array.from({ length: 500 }, (_, index) => {
      const timestamp = newest - Math.floor((start + index) / 3) * 100_000;
      const shown = pageView(site, { userAgent: BROWSER, timestamp, ...kind(start + index) });
      return [shown, pageView(site, { deviceType: "mobile", timestamp })];
    });
    await createEvents(server, events.flat());
  }
  return site;
}

const conversion = (n: number) => ({ eventType: "conversion", eventName: `purchase-${n % 5}`, value: n });
const anyKind = (n: number) =>
  n % 3 === 0 ? { userAgent: GPTBOT } : n % 3 === 1 ? { referrer: "https://claude.ai/" } : conversion(n);

/** The ids of a site's events that are shown and not deleted. */
async function readIds(database: string, site: Website): Promise<Set<number>> {
  using sql = openSql(database);
  const isShown = "(type = 'conversion' OR bot_name IS NOT NULL OR ai_source IS NOT NULL)";
  const query = `SELECT id FROM events WHERE site_id = ? AND deleted_at IS NULL AND ${isShown}`;
  const { rows } = await sql.execute({ sql: query, args: [site.programId] });
  return new Set(rows.map(({ id }) => Number(id)));
}

/** Marks events as deleted, as a deletion does, beside the server. */
async function markDeleted(database: string, ids: readonly number[]): Promise<void> {
  using sql = openSql(database);
  await sql.execute({
    sql: "UPDATE events SET deleted_at = 1, deletion_id = 1 WHERE id IN (SELECT value FROM json_each(?))",
    args: [JSON.stringify(ids)],
  });
}

/** Runs a program that prints the ids of the events that it got. */
async function runClient(command: readonly string[], file: string, program: string): Promise<readonly number[]> {
  await using folder = await createFolder();
  await Bun.write(`${folder.path}/${file}`, program);
  const env = { PATH: process.env.PATH ?? "" };
  const { exitCode, stdout, stderr } = await runToEnd([...command, file], { cwd: folder.path, env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout) as number[];
}

const CLIENTS = [
  {
    language: "JavaScript",
    kind: conversion,
    run(server: TestServer, url: string, site: Website) {
      const client = JAVASCRIPT_CLIENT.replaceAll(GUIDE_HOST, url).replaceAll(GUIDE_KEY, server.adminKey);
      const day = (ms: number) => JSON.stringify(new Date(ms).toISOString().slice(0, 10));
      const range = `${day(Date.now() - 30 * DAY)}, ${day(Date.now() + DAY)}`;
      const call = `console.log(JSON.stringify((await getAllConversions("${site.siteId}", ${range})).map((event) => event.id)));`;
      return runClient([process.execPath], "client.mjs", `${client}\n${call}\n`);
    },
  },
  {
    language: "Python",
    kind: anyKind,
    run(server: TestServer, url: string, site: Website) {
      const client = PYTHON_CLIENT.replaceAll(GUIDE_HOST, url).replaceAll(GUIDE_KEY, server.adminKey);
      const call = `import json\nprint(json.dumps([event["id"] for event in get_all_events("${site.siteId}", start="2026-01-01")]))`;
      return runClient(["python3"], "client.py", `${client}\n${call}\n`);
    },
  },
] as const;

describe.each(CLIENTS)("the guide's $language client, word for word", ({ kind, run }) => {
  onEveryTarget((server) => {
    test("gets each of 10,000 events exactly once", async () => {
      const site = await createFullSite(server(), kind);
      const ids = await run(server(), server().url, site);
      expect(ids).toHaveLength(EVENTS);
      expect(new Set(ids)).toEqual(await readIds(server().database, site));
    }, 60_000);

    test("also while new events arrive and old ones are deleted", async () => {
      const site = await createFullSite(server(), kind);
      const before = await readIds(server().database, site);
      const listed = [...before].toSorted((a, b) => a - b);
      let pages = 0;

      /** Between two pages: events that are new, and every deletion that could make a list stumble. */
      async function interfere(page: SiteEventPage): Promise<void> {
        pages += 1;
        await track(server(), { t: "conversion", k: site.siteKey, p: "/new", name: `new-${pages}` });
        const next = page.next_cursor === null ? [] : [idOf(page.next_cursor)];
        const seen = page.events.slice(-2).map(({ id }) => id);
        await markDeleted(server().database, [...next, ...seen, ...listed.slice(pages * 40, pages * 40 + 20)]);
      }

      using proxy = Bun.serve({
        port: 0,
        async fetch(request) {
          const { pathname, search } = new URL(request.url);
          const answer = await fetch(server().url + pathname + search, { headers: request.headers });
          const text = await answer.text();
          await interfere(JSON.parse(text));
          return new Response(text, { headers: { "content-type": "application/json" } });
        },
      });
      const ids = await run(server(), proxy.url.origin, site);
      expect(pages).toBeGreaterThanOrEqual(10);
      expect(new Set(ids).size).toBe(ids.length);
      const after = await readIds(server().database, site);
      const missed = [...before].filter((id) => after.has(id) && !ids.includes(id));
      expect(missed).toEqual([]);
      expect(after.size).toBeLessThan(before.size);
    }, 60_000);
  });
});

const idOf = (cursor: string): number => (JSON.parse(Buffer.from(cursor, "base64url").toString()) as { id: number }).id;
