import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { type Exit, exitOf, serverCommand, serverEnvironment, startServer } from "./support/server.ts";

/** A start that cannot work must say so soon. */
const EXIT_WITHIN_MS = 5_000;

/** Root may write what is read-only: where root runs the tests, the server is run by this user. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let folder: string;
/** A sound database that a server has made. */
let sound: Buffer;
beforeAll(async () => {
  folder = await temporaryFolder();
  chmodSync(folder, 0o755);
  const server = await startServer(join(folder, "sound.db"));
  await server.stop();
  sound = readFileSync(server.database);
});
afterAll(async () => {
  // What must not be written must not be removed either.
  Bun.spawnSync(["chmod", "-R", "u+w", folder]);
  await rm(folder, { recursive: true, force: true });
});

interface BadFile {
  readonly what: string;
  /** Makes it at `path`. */
  make(path: string): void;
  /** What the message must say beside the path. */
  readonly says: RegExp;
  /** Whether the server must not be run by root. */
  readonly unprivileged?: true;
}

const BAD_FILES: readonly BadFile[] = [
  {
    what: "a file that must not be written",
    make(path) {
      writeFileSync(path, sound);
      chmodSync(path, 0o444);
      if (isRoot) chownSync(dirname(path), NOBODY, NOBODY);
    },
    says: /permission/,
    unprivileged: true,
  },
  {
    what: "a folder that must not be written",
    make(path) {
      writeFileSync(path, sound);
      chmodSync(path, 0o444);
      chmodSync(dirname(path), 0o555);
    },
    says: /permission/,
    unprivileged: true,
  },
  { what: "a folder", make: (path) => mkdirSync(path), says: /folder/ },
  {
    what: "a truncated file",
    make(path) {
      writeFileSync(path, sound);
      truncateSync(path, sound.length >> 1);
    },
    says: /damaged|backup/,
  },
  {
    what: "a file that ends in the middle of its header",
    make: (path) => writeFileSync(path, sound.subarray(0, 50)),
    says: /damaged|not a readable database/,
  },
  {
    what: "a file with a random header",
    make(path) {
      const damaged = Buffer.from(sound);
      crypto.getRandomValues(damaged.subarray(0, 100));
      writeFileSync(path, damaged);
    },
    says: /not a readable database/,
  },
  {
    what: "a file with a page of garbage",
    make(path) {
      writeFileSync(path, sound);
      const garbage = readFileSync(path);
      // The beginning of an index that no start reads by itself.
      const { rootpage } = readSchema(path, "events_list");
      const pageBytes = garbage.readUInt16BE(16);
      crypto.getRandomValues(garbage.subarray((rootpage - 1) * pageBytes, rootpage * pageBytes));
      writeFileSync(path, garbage);
      for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
    },
    says: /damaged|backup/,
  },
  {
    what: "a text file",
    make: (path) => writeFileSync(path, "# notes\n".repeat(500)),
    says: /not a readable database/,
  },
  {
    what: "a database of a newer release",
    make(path) {
      writeFileSync(path, sound);
      using database = new Database(path);
      database.run("INSERT INTO schema_migrations (tag, applied_at) VALUES ('9999_of_the_future', 0)");
      database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    },
    says: /newer/,
  },
];

describe("a start fails with one line that names the file, and leaves it as it was:", () => {
  test.each(BAD_FILES.map((file, number) => [file.what, file, number] as const))(
    "%s",
    async (_, file, number) => {
      const place = join(folder, String(number));
      const path = join(place, "events.db");
      mkdirSync(place);
      file.make(path);
      const before = fingerprint(path);
      const failed = await failToStart(path, { asNobody: isRoot && file.unprivileged === true });
      expectOneLine(failed, path, file.says);
      expect(fingerprint(path)).toBe(before);
    },
    EXIT_WITHIN_MS * 2,
  );

  test("a database that another server has open", async () => {
    const path = join(folder, "held.db");
    await using server = await startServer(path);
    const failed = await failToStart(path);
    expectOneLine(failed, path, new RegExp(`in use.*${server.process.pid}`));
    expect((await server.request("/ready")).status).toBe(200);
  }, 20_000);

  test("a folder that cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, "file", "events.db");
    expectOneLine(await failToStart(path), join(folder, "file"), /folder/);
  }, 20_000);
});

test("control: the sound file starts", async () => {
  const path = join(folder, "copy.db");
  writeFileSync(path, sound);
  await using server = await startServer(path);
  expect((await server.request("/ready")).status).toBe(200);
});

function readSchema(path: string, name: string): { rootpage: number } {
  using database = new Database(path);
  return database.query("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(name) as { rootpage: number };
}

interface FailedStart {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

async function failToStart(database: string, { asNobody = false } = {}): Promise<FailedStart> {
  const child = Bun.spawn([...(asNobody ? reachableCommand() : serverCommand())], {
    cwd: folder,
    env: serverEnvironment(database),
    stdio: ["ignore", "pipe", "pipe"],
    ...(asNobody ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  const [stdout, stderr, exit] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    exitOf(child, EXIT_WITHIN_MS),
  ]);
  return { exit, stdout, stderr };
}

/** The server's program where every user may run it: the repository may be in a home that is closed to others. */
function reachableCommand(): readonly string[] {
  const [program = "", ...rest] = serverCommand();
  if (!existsSync(program)) return [program, ...rest];
  const copy = join(folder, "footfall");
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
  return [copy, ...rest];
}

function expectOneLine({ exit, stdout, stderr }: FailedStart, path: string, says: RegExp): void {
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain(path);
  expect(stderr).toMatch(says);
  expect(stdout).toBe("");
  expect(exit).toMatchObject({ code: 1, signal: null });
}

/** Changes with any change of the content. */
function fingerprint(path: string): string {
  return statSync(path).isDirectory() ? readdirSync(path).join() : Bun.hash(readFileSync(path)).toString(36);
}
