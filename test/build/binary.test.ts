import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, cp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { version } from "../../package.json" with { type: "json" };
import { copyFiles, listFiles, ROOT, run, type TemporaryFolder, temporaryFolder } from "../house/repository.ts";
import { spawnServer } from "../support/server.ts";

const BUILD_TIMEOUT_MS = 120_000;

/** What a build reads, copied: other tests and edits do not change it meanwhile. */
async function copySources(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  const files = listFiles().filter((path) =>
    /^(?:src|drizzle|scripts)\/|^(?:package|tsconfig)\.json$|^bun\.lock$/.test(path),
  );
  await copyFiles(files, folder.path);
  await symlink(join(ROOT, "node_modules"), join(folder.path, "node_modules"));
  return folder;
}

const build = (folder: TemporaryFolder, ...args: readonly string[]) =>
  run(["bun", "scripts/build.ts", ...args], { cwd: folder.path });

/** The binary, copied to where there is nothing else. */
async function copyBinary(sources: TemporaryFolder): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  await cp(join(sources.path, "dist/footfall"), join(folder.path, "footfall"));
  await chmod(join(folder.path, "footfall"), 0o755);
  return folder;
}

describe("the binary, alone in a folder", () => {
  let sources: TemporaryFolder;
  let folder: TemporaryFolder;
  const footfall = (args: readonly string[], env: Record<string, string> = {}) =>
    run(["./footfall", ...args], { cwd: folder.path, env });

  beforeAll(async () => {
    sources = await copySources();
    const said = ["--commit", "1a2b3c4", "--date", "2026-01-31"];
    expect(await build(sources, ...said)).toMatchObject({ exitCode: 0, stderr: "" });
    folder = await copyBinary(sources);
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
    await sources[Symbol.asyncDispose]();
  });

  test("says the version of package.json, and the commit and day that it was made from", async () => {
    const { exitCode, stdout } = await footfall(["version", "--json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ version, commit: "1a2b3c4", date: "2026-01-31", bun: Bun.version });
    expect((await footfall(["--version"])).stdout).toBe(`${version} (1a2b3c4, 2026-01-31)\n`);
  });

  test("has migrations, the writer's thread and the interruptible reads inside", async () => {
    const database = join(folder.path, "inside.db");
    await using server = await spawnServer({ command: ["./footfall", "serve"], database, cwd: folder.path });
    const site = await (await server.request("/api/v1/websites", { json: { name: "A", domain: "a.example" } })).json();
    const event = { trackingCode: site.trackingCode, eventType: "click", url: "https://a.example/", sessionId: "s" };
    const stored = await server.request("/api/v1/events", { json: { ...event, visitorId: "v1" } });
    expect(stored.status).toBe(201);
    // By visitor there is no index: read off the main thread, by libsql/promise.
    const list = await (await server.request(`/api/v1/events?trackingCode=${site.trackingCode}&visitorId=v1`)).json();
    expect(list.events).toHaveLength(1);
    expect(list.pagination.total).toBe(1);
  });

  test("locks its database: a second server is refused, with the process that holds it", async () => {
    const database = join(folder.path, "locked.db");
    await using server = await spawnServer({ command: ["./footfall", "serve"], database, cwd: folder.path });
    const second = await footfall(["serve", "--port", "0"], { FOOTFALL_DATABASE_URL: `file:${database}` });
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain(`process ${server.process.pid}`);
  });

  test("takes no settings from a .env of the folder that it is started in", async () => {
    await Bun.write(join(folder.path, ".env"), "FOOTFALL_DATABASE_URL=file:./from-dotenv.db\n");
    expect((await footfall(["site", "list", "--json"])).exitCode).toBe(0);
    expect(existsSync(join(folder.path, "from-dotenv.db"))).toBeFalse();
    expect(existsSync(join(folder.path, "data/footfall.db"))).toBeTrue();
  });

  test("runs no code that a bunfig.toml of the folder names", async () => {
    await Bun.write(join(folder.path, "bunfig.toml"), 'preload = ["./preloaded.ts"]\n');
    await Bun.write(join(folder.path, "preloaded.ts"), 'await Bun.write("preloaded.txt", "");\n');
    expect((await footfall(["version"])).exitCode).toBe(0);
    expect(existsSync(join(folder.path, "preloaded.txt"))).toBeFalse();
  });

  test("names our files and lines where an error is traced", async () => {
    const { stderr } = await footfall(["site", "add", "--name", " "], { FOOTFALL_LOG_LEVEL: "debug" });
    expect(stderr).toMatch(/src\/domain\/create-site\.ts:\d+/);
  });
});

describe("a build", () => {
  let sources: TemporaryFolder;
  beforeAll(async () => {
    sources = await copySources();
  });
  afterAll(() => sources[Symbol.asyncDispose]());

  test(
    "is skipped while nothing has changed, and done again after a change of a source, or by force",
    async () => {
      const freshly = expect.stringMatching(/^dist\/footfall \(\S+\): \d+ MB/);
      expect(await build(sources)).toMatchObject({ exitCode: 0, stdout: freshly });
      expect((await build(sources)).stdout).toContain("is up to date");
      expect((await build(sources, "--force")).stdout).toEqual(freshly);
      await Bun.write(join(sources.path, "src/cli/added.ts"), "export const added = 1;\n");
      expect((await build(sources)).stdout).toContain("is up to date");
      const main = join(sources.path, "src/main.ts");
      await Bun.write(main, `${await Bun.file(main).text()}\nimport { added } from "./cli/added.ts";\nvoid added;\n`);
      expect((await build(sources)).stdout).toEqual(freshly);
    },
    BUILD_TIMEOUT_MS,
  );

  test(
    "does not disturb another one at the same time, and leaves nothing but the binary and its stamp",
    async () => {
      const both = await Promise.all([build(sources, "--force"), build(sources, "--force")]);
      expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect(
        [...new Bun.Glob("*").scanSync({ cwd: join(sources.path, "dist"), dot: true, onlyFiles: false })].sort(),
      ).toEqual(["footfall", "footfall.stamp.json"]);
      await using folder = await copyBinary(sources);
      expect((await run(["./footfall", "version"], { cwd: folder.path })).stdout).toContain(version);
    },
    BUILD_TIMEOUT_MS,
  );

  test("that fails says why, and keeps the last binary", async () => {
    await Bun.write(join(sources.path, "src/main.ts"), 'import "./not-there.ts";\n');
    const failed = await build(sources);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain("./not-there.ts");
    expect(existsSync(join(sources.path, "dist/footfall"))).toBeTrue();
  });
});
