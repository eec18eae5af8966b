import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { BINARY, spawnServer } from "../support/server.ts";
import { createFolder } from "../support/store.ts";

const ROOT = join(import.meta.dir, "..", "..");

const COMMANDS = {
  source: [process.execPath, join(ROOT, "src", "main.ts"), "serve"],
  binary: [BINARY, "serve"],
};

describe("secrets are shown to nobody who reads along", () => {
  test.each(Object.entries(COMMANDS))("%s: not in the log, at its most talkative", async (_, command) => {
    await using folder = await createFolder();
    const database = join(folder.path, "footfall.db");
    await using server = await spawnServer({
      command,
      database,
      cwd: folder.path,
      env: { FOOTFALL_LOG_LEVEL: "trace" },
    });
    const created = await server.request("/api/v1/keys", { json: { name: "A", permissions: ["events:read"] } });
    const { id, key } = (await created.json()) as { id: string; key: string };
    expect(created.status).toBe(201);
    const wrong = `${key.slice(0, -1)}_`;
    const requests: readonly (readonly [path: string, RequestInit, number])[] = [
      ["/api/v1/websites", { headers: { authorization: `Bearer ${key}` } }, 200],
      ["/api/v1/websites", { headers: { "x-api-key": wrong } }, 401],
      ["/api/v1/websites", { headers: { authorization: key } }, 401],
      [`/api/v1/websites?key=${key}`, {}, 401],
      [`/api/v1/events?trackingCode=${key}`, { headers: { authorization: `Bearer ${key}` } }, 404],
      [`/api/v1/events/${key}`, {}, 401],
      [`/${key}`, {}, 404],
      ["/api/v1/events", { method: "POST", body: `{"trackingCode":"${key}"}` }, 400],
    ];
    for (const [path, init, status] of requests) {
      const response = await fetch(server.url + path, init);
      expect(response.status).toBe(status);
      expect(await response.text()).not.toContain(key.slice(12));
    }
    await server.stop();
    // That requests are logged at all, else the test would show nothing.
    expect(server.stderr()).toContain("/api/v1/websites");
    expect(server.stderr()).toContain(`ff_${id}_***`);
    expect(server.stderr()).not.toContain(key.slice(12, -1));
    expect(server.stderr()).not.toContain(server.adminKey);
  });
});
