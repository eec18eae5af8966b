import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { version } from "../../package.json" with { type: "json" };
import { createPlace, onlyLineOf, type Place, type Running, SLOW_MS, urlOf } from "./footfall.ts";

const SECRET = /ff_[0-9A-Za-z]{8}_[0-9A-Za-z]{32,}/;
const FREE_PORT = { FOOTFALL_PORT: "0" };

let place: Place;
beforeEach(() => {
  place = createPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

const serve = (env: Record<string, string> = {}, ...flags: readonly string[]): Running =>
  place.start(["serve", ...flags], { env: { ...FREE_PORT, ...env } });

async function stop(server: Running): Promise<number> {
  server.process.kill("SIGTERM");
  return server.process.exited;
}

/** What is printed, when all of it is there. */
async function bannerOf(server: Running): Promise<string> {
  await urlOf(server);
  await stop(server);
  return server.stdout.all();
}

/** The lines to paste into a shell. */
async function linesToTry(server: Running): Promise<readonly string[]> {
  const [text] = await server.stdout.match(/^TRACKING_CODE=.*\n.*\n.*\n/m);
  return text.trimEnd().split("\n");
}

/** Runs lines in one shell that has nothing but curl and sed; gives what each printed. */
async function paste(lines: readonly string[], env: Record<string, string> = {}): Promise<readonly string[]> {
  const tools = join(place.path, "tools");
  mkdirSync(tools, { recursive: true });
  for (const tool of ["curl", "sed"]) {
    const found = Bun.which(tool);
    if (found === null) throw new Error(`${tool} is missing on this machine`);
    symlinkSync(found, join(tools, tool));
  }
  const script = lines.map((line) => `${line}\necho ----\n`).join("");
  const shell = Bun.spawn(["/bin/sh", "-s"], {
    env: { PATH: tools, ...env },
    stdin: Buffer.from(script),
    stderr: "pipe",
  });
  expect(await new Response(shell.stderr).text()).toBe("");
  return (await new Response(shell.stdout).text()).split("----\n").slice(0, -1);
}

async function expectLinesToWork(lines: readonly string[], env: Record<string, string> = {}): Promise<void> {
  expect(lines).toHaveLength(3);
  const [code = "", posted = "", listed = ""] = await paste(lines, env);
  expect(code).toMatch(/^pm-[a-z0-9]{6}-\d{13}\n$/);
  const event = JSON.parse(posted);
  expect(event).toMatchObject({ eventType: "pageview", url: "https://example.com/" });
  expect(JSON.parse(listed)).toMatchObject({ events: [{ id: event.id }], pagination: { total: 1 } });
}

describe("the first start", () => {
  test(
    "prints version, address, database and the admin key, and three lines that work when pasted",
    async () => {
      await using server = serve();
      const lines = await linesToTry(server);
      await expectLinesToWork(lines);
      expect(await stop(server)).toBe(0);
      const banner = await server.stdout.all();
      expect(banner).toMatch(new RegExp(`^Footfall ${version} is listening on http://127\\.0\\.0\\.1:\\d+\n`));
      expect(banner).toContain(`Database: ${join(place.path, "data/footfall.db")}\n`);
      const key = SECRET.exec(banner)?.[0] ?? "";
      expect(banner).toContain(`Admin key, shown only this once: ${key}\n`);
      expect(lines[0]).toContain(key);
    },
    SLOW_MS,
  );

  test(
    "with an admin key in the environment makes and prints none; the lines name the variable",
    async () => {
      const key = "an-admin-key-of-my-own-0123456789";
      await using server = serve({ FOOTFALL_ADMIN_KEY: key });
      await expectLinesToWork(await linesToTry(server), { FOOTFALL_ADMIN_KEY: key });
      await stop(server);
      const banner = await server.stdout.all();
      expect(banner).not.toMatch(SECRET);
      expect(banner).not.toContain(key);
      expect(banner).toContain('"Authorization: Bearer $FOOTFALL_ADMIN_KEY"');
      expect(await place.json<unknown[]>(["key", "list"])).toEqual([]);
    },
    SLOW_MS,
  );

  test(
    "on all addresses prints lines for this machine",
    async () => {
      await using server = serve({}, "--host", "0.0.0.0");
      const lines = await linesToTry(server);
      expect(lines[0]).toContain("'http://127.0.0.1:");
      await expectLinesToWork(lines);
    },
    SLOW_MS,
  );

  test(
    "that fails on the port makes no key that nobody gets to see",
    async () => {
      await using other = serve({ FOOTFALL_DATABASE_URL: ":memory:" });
      const { port } = new URL(await urlOf(other));
      expect(await place.run(["serve", "--port", port])).toMatchObject({ exitCode: 1, stdout: "" });
      expect(await bannerOf(serve())).toContain("Admin key, shown only this once: ff_");
    },
    SLOW_MS,
  );
});

test(
  "a later start prints the address and where the documentation is, and no key; the first one's works",
  async () => {
    const key = SECRET.exec(await bannerOf(serve()))?.[0] ?? "";
    await using later = serve();
    const url = await urlOf(later);
    const answer = await fetch(`${url}/api/v1/websites`, { headers: { authorization: `Bearer ${key}` } });
    expect(answer.status).toBe(200);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    await stop(later);
    expect((await later.stdout.all()).split("\n")).toEqual([
      `Footfall ${version} is listening on ${url}`,
      `Database: ${join(place.path, "data/footfall.db")}`,
      `Documentation: ${url}/docs`,
      "",
    ]);
  },
  SLOW_MS,
);

test(
  "serve is what happens without a command, also with flags",
  async () => {
    await using server = place.start(["--port", "0"]);
    expect((await fetch(`${await urlOf(server)}/ready`)).status).toBe(200);
  },
  SLOW_MS,
);

test(
  "a flag wins over its variable",
  async () => {
    const database = join(place.path, "flag.db");
    const banner = await bannerOf(
      serve({ FOOTFALL_DATABASE_URL: "file:variable.db" }, "--database-url", `file:${database}`),
    );
    expect(banner).toContain(`Database: ${database}\n`);
  },
  SLOW_MS,
);

test(
  "a database in memory is a temporary file that is gone at exit",
  async () => {
    const temporary = join(place.path, "temporary");
    mkdirSync(temporary);
    await using server = serve({ FOOTFALL_DATABASE_URL: ":memory:", TMPDIR: temporary });
    await urlOf(server);
    expect(readdirSync(temporary)).toHaveLength(1);
    expect(await stop(server)).toBe(0);
    expect(await server.stdout.all()).toContain("Database: a temporary file, gone at exit\n");
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(place.path)).toEqual(["temporary"]);
  },
  SLOW_MS,
);

describe("logs", () => {
  test(
    "go to standard error, as JSON, by the level that is set",
    async () => {
      await using server = serve({ FOOTFALL_LOG_LEVEL: "info" });
      await urlOf(server);
      await stop(server);
      const lines = (await server.stderr.all()).trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line))).toContainEqual(
        expect.objectContaining({ level: "info", msg: "stopping", signal: "SIGTERM" }),
      );
      expect(await server.stdout.all()).not.toContain('"level"');
    },
    SLOW_MS,
  );

  test(
    "warn once of variables that mean nothing, with the names that were probably meant",
    async () => {
      await using server = serve({ FOOTFALL_PROT: "1", FOOTFALL_SOMETHING_ELSE: "2", FOOTFALL_LOG_LEVEL: "warn" });
      await urlOf(server);
      expect(await stop(server)).toBe(0);
      const lines = (await server.stderr.all()).trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        expect.objectContaining({
          level: "warn",
          msg: "settings that this release does not know: FOOTFALL_PROT (FOOTFALL_PORT?), FOOTFALL_SOMETHING_ELSE",
        }),
      ]);
    },
    SLOW_MS,
  );
});

describe("a signal", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s stops the server with 0",
    async (signal) => {
      await using server = serve();
      await urlOf(server);
      server.process.kill(signal);
      expect(await server.process.exited).toBe(0);
    },
    SLOW_MS,
  );

  test(
    "that comes again during a stop ends it at once, with 130",
    async () => {
      await using server = serve();
      const { port } = new URL(await urlOf(server));
      // A request whose body never comes: the stop has to wait for it.
      const socket = connect(Number(port), "127.0.0.1");
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      socket.on("error", () => {});
      socket.write("POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
      server.process.kill("SIGTERM");
      await server.stderr.match(/"stopping"/);
      const again = setInterval(() => server.process.kill("SIGTERM"), 100);
      expect(await server.process.exited).toBe(130);
      clearInterval(again);
      socket.destroy();
    },
    SLOW_MS,
  );

  test(
    "that comes twice at once, as from a runner that passes it on, still stops in order",
    async () => {
      await using server = serve();
      await urlOf(server);
      server.process.kill("SIGINT");
      server.process.kill("SIGINT");
      expect(await server.process.exited).toBe(0);
    },
    SLOW_MS,
  );
});

describe("a start that cannot succeed says why in one line, with 1:", () => {
  test(
    "the port is taken",
    async () => {
      await using other = serve({ FOOTFALL_DATABASE_URL: ":memory:" });
      const { port } = new URL(await urlOf(other));
      const ended = await place.run(["serve"], { env: { FOOTFALL_PORT: port, FOOTFALL_LOG_LEVEL: "warn" } });
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      expect(onlyLineOf(ended)).toContain(`127.0.0.1:${port} is taken by another program`);
    },
    SLOW_MS,
  );

  test(
    "the address is not of this machine",
    async () => {
      const ended = await place.run(["serve", "--host", "192.0.2.1"], {
        env: { ...FREE_PORT, FOOTFALL_LOG_LEVEL: "warn" },
      });
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      expect(onlyLineOf(ended)).toContain("192.0.2.1:0 is not of this machine");
    },
    SLOW_MS,
  );

  test(
    "another server holds the database",
    async () => {
      await using first = serve();
      await urlOf(first);
      const ended = await place.run(["serve"], { env: FREE_PORT });
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      expect(onlyLineOf(ended)).toContain(`in use by another Footfall server (process ${first.process.pid})`);
    },
    SLOW_MS,
  );

  test(
    "the folder cannot be made",
    async () => {
      await Bun.write(join(place.path, "file"), "");
      const ended = await place.run(["serve", "--database-url", "file:./file/footfall.db"], { env: FREE_PORT });
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      expect(onlyLineOf(ended)).toContain(join(place.path, "file"));
    },
    SLOW_MS,
  );

  test(
    "the file is no database",
    async () => {
      await Bun.write(join(place.path, "notes.txt"), "These are only notes. ".repeat(1_000));
      const ended = await place.run(["serve", "--database-url", "file:./notes.txt"], { env: FREE_PORT });
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      expect(onlyLineOf(ended)).toContain(join(place.path, "notes.txt"));
    },
    SLOW_MS,
  );

  test(
    "a newer release has written the database",
    async () => {
      await place.run(["site", "list"]);
      using database = new Database(join(place.path, "data/footfall.db"));
      database.run("INSERT INTO schema_migrations (tag, applied_at) VALUES ('9999_from_the_future', 0)");
      const ended = await place.run(["serve"], { env: FREE_PORT });
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      expect(onlyLineOf(ended)).toContain("9999_from_the_future");
    },
    SLOW_MS,
  );

  test(
    "no libSQL server is there, also after it was waited for",
    async () => {
      const env = { ...FREE_PORT, FOOTFALL_LOG_LEVEL: "warn" };
      const ended = await place.run(["serve", "--database-url", "http://127.0.0.1:9"], { env });
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      const [waiting, ...rest] = ended.stderr.trimEnd().split("\n");
      expect(waiting).toContain("waiting for it");
      expect(rest).toEqual([expect.stringContaining("The database server 127.0.0.1:9 cannot be used")]);
    },
    SLOW_MS,
  );
});

test(
  "a wrong setting stops the start with 2",
  async () => {
    const ended = await place.run(["serve"], { env: { FOOTFALL_PORT: "http" } });
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(onlyLineOf(ended)).toContain('FOOTFALL_PORT (or --port) is "http"; it must be a whole number');
    expect(readdirSync(place.path)).toEqual([]);
  },
  SLOW_MS,
);

describe("commands beside a running server", () => {
  const KEY = "an-admin-key-of-my-own-0123456789";

  /** Asks until the answer has the status: what another process changes is seen within a second. */
  async function askUntil(status: number, url: string, key: string): Promise<Response> {
    for (;;) {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
      if (answer.status === status) return answer;
      await Bun.sleep(20);
    }
  }

  test(
    "make sites that the server knows",
    async () => {
      await using server = serve({ FOOTFALL_ADMIN_KEY: KEY });
      const url = await urlOf(server);
      const { trackingCode } = await place.json<{ trackingCode: string }>(["site", "add", "--name", "Beside"]);
      await askUntil(200, `${url}/api/v1/events?trackingCode=${trackingCode}`, KEY);
    },
    SLOW_MS,
  );

  test(
    "make and revoke keys that the server accepts and refuses",
    async () => {
      await using server = serve();
      const url = `${await urlOf(server)}/api/v1/websites`;
      const { id, key } = await place.json<{ id: string; key: string }>(["key", "add", "--name", "k", "--admin"]);
      await askUntil(200, url, key);
      await place.run(["key", "revoke", id]);
      await askUntil(401, url, key);
    },
    SLOW_MS,
  );
});
