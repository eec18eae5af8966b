import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type ServerProcess, spawnServer, temporaryFolder } from "../support/server.ts";

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await spawnServer({
    command: [process.execPath, MAIN, "serve"],
    database: join(folder, "footfall.db"),
    cwd: folder,
    env: { FOOTFALL_LOG_LEVEL: "debug" },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("at level debug a request is one JSON line with the id of its answer, and without its query", async () => {
  const response = await server.request("/api/v1/nothing?secret=in-the-query");
  const id = response.headers.get("x-request-id");
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  await response.text();
  // A stop waits for what is under way, and for the last line of the log.
  await server.stop();
  const lines = server
    .stderr()
    .split("\n")
    .filter((line) => line.includes(String(id)))
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: "debug", method: "GET", path: "/api/v1/nothing", status: 404 });
  expect(server.stderr()).not.toContain("in-the-query");
});
