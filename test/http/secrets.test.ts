import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BINARY, spawnServer } from "../support/server.ts";
import { createFolder } from "../support/store.ts";

const ROOT = join(import.meta.dir, "..", "..");

const COMMANDS = {
  source: [process.execPath, join(ROOT, "src", "main.ts"), "serve"],
  binary: [BINARY, "serve"],
};

/** All that is in a folder. */
async function textsOf(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  return (await Promise.all(paths.map((path) => Bun.file(path).text()))).join("\n");
}

describe("secrets are shown to nobody who reads along", () => {
  test.each(Object.entries(COMMANDS))(
    "%s: neither in the log, at its most talkative, nor in the database",
    async (_, command) => {
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
      const rotated = await server.request(`/api/v1/keys/${id}/rotate`, { method: "POST" });
      const { key: newKey } = (await rotated.json()) as { key: string };
      const secrets = [key.slice(12), newKey.slice(12), server.adminKey];
      const wrong = `${key.slice(0, -1)}_`;
      const requests: readonly (readonly [path: string, RequestInit, number])[] = [
        ["/api/v1/websites", { headers: { authorization: `Bearer ${key}` } }, 200],
        ["/api/v1/websites", { headers: { authorization: `epi-single ${newKey}` } }, 200],
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
        const text = await response.text();
        for (const secret of secrets) expect(text).not.toContain(secret);
      }
      // The file, and the log beside it that has not been put into it yet; then what is left of them.
      expect(await textsOf(folder.path)).toContain(id);
      for (const secret of secrets) expect(await textsOf(folder.path)).not.toContain(secret);
      await server.stop();
      for (const secret of secrets) expect(await textsOf(folder.path)).not.toContain(secret);
      // That requests are logged at all, else the test would show nothing.
      expect(server.stderr()).toContain("/api/v1/websites");
      expect(server.stderr()).toContain(`ff_${id}_***`);
      expect(server.stderr()).not.toContain(key.slice(12, -1));
      for (const secret of secrets) expect(server.stderr()).not.toContain(secret);
    },
  );
});
