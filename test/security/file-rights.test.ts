import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createSite, pageView } from "../contract/collection/fixture.ts";
import { BINARY, spawnServer } from "../support/server.ts";
import { createFolder } from "../support/store.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** What others than the owner may do with a file: three bits each for its group and for everyone. */
const rightsOfOthers = (path: string): string => (statSync(path).mode & 0o077).toString(8);

describe.each([
  ["source", [process.execPath, join(ROOT, "src", "main.ts")]],
  ["binary", [BINARY]],
])("%s: what is written", (_, command) => {
  test("is for its owner alone: folder, database, log and lock; and lines that an import did not take", async () => {
    await using folder = await createFolder();
    const database = join(folder.path, "data", "footfall.db");
    await using server = await spawnServer({ command: [...command, "serve"], database, cwd: folder.path });
    const site = await createSite(server);
    expect((await server.request("/api/v1/events", { json: pageView(site) })).status).toBe(201);
    const lines = join(folder.path, "data", "lines.jsonl");
    await Bun.write(lines, "no JSON\n");
    const imported = Bun.spawnSync([...command, "import", lines, "--site", site.id], {
      env: { PATH: process.env.PATH ?? "", FOOTFALL_DATABASE_URL: `file:${database}` },
      cwd: folder.path,
    });
    expect(imported.exitCode).toBeLessThan(2);
    const made = (await readdir(join(folder.path, "data"))).filter((name) => name !== "lines.jsonl");
    expect(made).toEqual(expect.arrayContaining(["footfall.db", "footfall.db-wal", "lines.jsonl.rejected"]));
    expect(rightsOfOthers(join(folder.path, "data"))).toBe("0");
    for (const name of made) expect(`${name} ${rightsOfOthers(join(folder.path, "data", name))}`).toBe(`${name} 0`);
  });
});
