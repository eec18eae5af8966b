import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { GUIDE_HOST, readGuide } from "../support/guide.ts";
import { runToEnd } from "../support/run-to-end.ts";
import { ADMIN_KEY, type ServerProcess, spawnServer } from "../support/server.ts";
import { createPlace, type Place, SLOW_MS } from "./footfall.ts";

let place: Place;
let server: ServerProcess;
let trackingCode: string;

beforeAll(async () => {
  place = createPlace();
  const shim = join(place.path, "bin", "footfall");
  await mkdir(join(place.path, "bin"));
  await Bun.write(shim, `#!/bin/sh\nexec ${place.command([]).join(" ")} "$@"\n`);
  await chmod(shim, 0o755);
  server = await startServer();
  const site = await server.request("/api/v1/websites", { json: { name: "Shop", domain: "shop.example" } });
  ({ trackingCode } = (await site.json()) as { trackingCode: string });
  const events = Array.from({ length: 25 }, (_, n) => ({
    trackingCode,
    eventType: n % 5 === 0 ? "conversion" : "pageview",
    url: `https://shop.example/${n}`,
    sessionId: "s",
    visitorId: "v",
    properties: { n },
  }));
  expect((await server.request("/api/v1/events/batch", { json: { events } })).status).toBe(201);
}, SLOW_MS);
afterAll(async () => {
  await server.stop();
  await place[Symbol.asyncDispose]();
});

const startServer = () =>
  spawnServer({
    command: place.command(["serve"]),
    database: join(place.path, "data", "footfall.db"),
    cwd: place.path,
  });

const commandsOf = (guide: string): readonly string[] =>
  [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) => block.replaceAll(GUIDE_HOST, server.url));

/** Runs a block as somebody would who pastes it; it must succeed. */
async function paste(script: string): Promise<string> {
  const env = {
    ...place.environment(),
    PATH: `${join(place.path, "bin")}:${process.env.PATH ?? ""}`,
    FOOTFALL_KEY: ADMIN_KEY,
    TRACKING_CODE: trackingCode,
  };
  const { exitCode, stdout, stderr } = await runToEnd(["sh", "-eu", "-c", script], { cwd: place.path, env });
  expect({ exitCode, script }, stderr).toEqual({ exitCode: 0, script });
  return stdout;
}

const linesOf = async (name: string): Promise<readonly string[]> =>
  (await Bun.file(join(place.path, name)).text()).trimEnd().split("\n");

test(
  "the commands of docs/export.md export, import the same to the byte, and go on where a download broke",
  async () => {
    const [download = "", write = "", copy = "", goOn = "", daily = "", ...more] = commandsOf(
      await readGuide("export.md"),
    );
    expect(more).toEqual([]);
    await paste(download);
    const downloaded = await linesOf("events.jsonl");
    expect(downloaded).toHaveLength(25);
    await paste(write);
    expect(await linesOf("events.jsonl")).toEqual([...downloaded]);
    expect(await linesOf("events.csv")).toHaveLength(26);
    await paste(copy);
    await paste(goOn);
    expect(await linesOf("events.jsonl")).toEqual([...downloaded]);
    await paste(daily);
    expect(await linesOf("day-1.jsonl")).toHaveLength(25);
    expect(await Bun.file(join(place.path, "day-2.jsonl")).text()).toBe("");
  },
  SLOW_MS,
);

test(
  "the commands of docs/backup.md back up beside the server; with it stopped, they restore and compact",
  async () => {
    const blocks = commandsOf(await readGuide("backup.md"));
    expect(blocks).toHaveLength(6);
    const [backup = "", rotate = "", check = "", checkBackup = "", restore = "", compact = ""] = blocks;
    expect(await paste(backup)).toMatch(/^backup\.db: 50 events, \d sites, \d keys, [\d.]+ [kM]B, looked through/);
    await paste(rotate);
    expect(await readdir(join(place.path, "backups"))).toEqual([expect.stringMatching(/^footfall-\d{8}T\d{9}Z\.db$/)]);
    for (const block of [check, checkBackup]) expect(await paste(block)).not.toBe("");
    await server.stop();
    await paste(restore);
    await paste(compact);
    expect(await readdir(join(place.path, "data"))).toContainEqual(expect.stringMatching(/^footfall\.db\.replaced-/));
    server = await startServer();
    const list = await server.request(`/api/v1/events?trackingCode=${trackingCode}&limit=1`);
    expect(await list.json()).toMatchObject({ pagination: { total: 25 } });
  },
  SLOW_MS,
);
