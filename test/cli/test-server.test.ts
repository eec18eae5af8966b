import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/clock.ts";
import { BINARY } from "../support/server.ts";
import { createFolder } from "../support/store.ts";
import { listen, SLOW_MS } from "./footfall.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");

/** Where Bun unpacks libSQL's native half for a binary: one file, the same each time. */
const NATIVE_HALF = /^\.bun-\d+-[0-9a-f]+\.node$/;

interface Facts {
  readonly url: string;
  readonly trackingCode: string;
  readonly siteKey: string;
  readonly key: string;
  readonly websiteId: string;
}

/** As a program in another language starts it. */
async function start(
  command: readonly string[],
  args: readonly string[] = [],
  options: { env?: object; stdin?: "pipe" | "ignore" } = {},
) {
  const folder = await createFolder();
  const temporary = join(folder.path, "temporary");
  await mkdir(temporary);
  const child = Bun.spawn([...command, "test-server", ...args], {
    cwd: folder.path,
    env: { PATH: process.env.PATH ?? "", TMPDIR: temporary, ...options.env },
    stdin: options.stdin ?? "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const stdout = listen(child.stdout);
  const stderr = listen(child.stderr);
  return {
    child,
    stdout,
    stderr,
    /** Of its first line. */
    facts: async () => JSON.parse((await stdout.match(/^.*\n/))[0]) as Facts,
    send: (line: string) => {
      if (typeof child.stdin !== "object") throw new Error("Nobody listens");
      child.stdin.write(`${line}\n`);
      child.stdin.flush();
    },
    end: () => typeof child.stdin === "object" && child.stdin.end(),
    left: () =>
      [...readdirSync(folder.path), ...readdirSync(temporary)].filter(
        (name) => name !== "temporary" && !NATIVE_HALF.test(name),
      ),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function post({ url, trackingCode }: Facts): Promise<void> {
  const event = { trackingCode, eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" };
  const answer = await fetch(`${url}/api/v1/events`, { method: "POST", body: JSON.stringify(event) });
  expect(answer.status).toBe(201);
}

async function countEvents({ url, trackingCode, key }: Facts): Promise<number> {
  const answer = await fetch(`${url}/api/v1/events?trackingCode=${trackingCode}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return ((await answer.json()) as { pagination: { total: number } }).pagination.total;
}

const isThere = (url: string) =>
  fetch(`${url}/health`).then(
    (answer) => answer.ok,
    () => false,
  );

for (const [name, command] of [
  ["source", [process.execPath, MAIN]],
  ["binary", [BINARY]],
] as const) {
  describe(`footfall test-server, ${name}`, () => {
    test(
      "prints one line of JSON, takes events, clears them, and ends with its standard input",
      async () => {
        if (name === "binary") await chmod(BINARY, 0o755);
        await using server = await start(command);
        const facts = await server.facts();
        expect(facts).toEqual({
          url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
          trackingCode: expect.stringMatching(/^pm-/),
          siteKey: expect.stringMatching(/^ak_/),
          key: expect.stringMatching(/^ff_/),
          websiteId: "web-1",
          siteId: "site_1",
          programId: 1,
          scope: "default",
        } as never);
        await post(facts);
        await post(facts);
        expect(await countEvents(facts)).toBe(2);
        server.send("clear");
        await server.stdout.match(/\n\{"cleared":2\}\n$/);
        expect(await countEvents(facts)).toBe(0);
        server.end();
        expect(await server.child.exited).toBe(0);
        expect(await server.stderr.all()).toBe("");
        expect(server.left()).toEqual([]);
      },
      SLOW_MS,
    );

    test(
      "ends by a signal while its standard input is open",
      async () => {
        await using server = await start(command);
        await server.facts();
        server.child.kill("SIGTERM");
        expect(await server.child.exited).toBe(0);
        expect(server.left()).toEqual([]);
      },
      SLOW_MS,
    );
  });
}

const source = [process.execPath, MAIN] as const;

test(
  "it goes on where nobody is at its standard input, as in the background of a shell",
  async () => {
    await using server = await start(source, [], { stdin: "ignore" });
    const facts = await server.facts();
    // If it had taken the end of /dev/null for the end, it would be about to stop by now.
    await post(facts);
    await Bun.sleep(200);
    expect(await isThere(facts.url)).toBeTrue();
    server.child.kill("SIGINT");
    expect(await server.child.exited).toBe(0);
  },
  SLOW_MS,
);

test(
  "it ends with the program that started it, also when that is killed",
  async () => {
    await using folder = await createFolder();
    const script = `
    const server = Bun.spawn(${JSON.stringify([...source, "test-server"])}, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    const { value } = await server.stdout.getReader().read();
    process.stdout.write(value);
    await new Promise(() => {});`;
    await Bun.write(join(folder.path, "parent.ts"), script);
    const parent = Bun.spawn([process.execPath, "parent.ts"], { cwd: folder.path, stdout: "pipe", stderr: "inherit" });
    const { url } = JSON.parse((await listen(parent.stdout).match(/^.*\n/))[0]) as Facts;
    expect(await isThere(url)).toBeTrue();
    parent.kill("SIGKILL");
    await eventually("it is gone", SLOW_MS, async () => !(await isThere(url)));
  },
  2 * SLOW_MS,
);

test(
  "it takes its settings from flags, and none that is meant for the real server",
  async () => {
    const env = {
      FOOTFALL_DATABASE_URL: "file:./mine.db",
      FOOTFALL_PORT: "nowhere",
      FOOTFALL_ADMIN_KEY: "too short",
    };
    const key = "a-key-that-is-long-enough-0123456789";
    await using server = await start(source, ["--admin-key", key, "--metrics-public", "true"], { env });
    const facts = await server.facts();
    expect(facts.key).toBe(key);
    expect(await countEvents(facts)).toBe(0);
    expect((await fetch(`${facts.url}/metrics`)).status).toBe(200);
    expect(server.left().filter((name) => name.includes("mine"))).toEqual([]);
  },
  SLOW_MS,
);

test(
  "it says in a line what it does not know, and goes on",
  async () => {
    await using server = await start(source);
    const facts = await server.facts();
    server.send("vanish");
    await server.stdout.match(
      /\n\{"error":"There is no command \\"vanish\\"; one of: clear, pause MS \(0 to 1000\)"\}\n$/,
    );
    server.send("pause 1");
    await server.stdout.match(/\n\{"paused":1\}\n$/);
    server.send("pause 9999");
    await server.stdout.match(/"pause 9999\\"; one of.*\n$/);
    await post(facts);
    expect(await countEvents(facts)).toBe(1);
  },
  SLOW_MS,
);

test(
  "it says in one line why it cannot start",
  async () => {
    await using first = await start(source);
    const { port } = new URL((await first.facts()).url);
    await using second = await start(source, ["--port", port]);
    expect(await second.child.exited).toBe(1);
    expect(await second.stdout.all()).toBe("");
    expect(await second.stderr.all()).toMatch(
      /^footfall: the address 127\.0\.0\.1:\d+ is taken by another program: .*\n$/,
    );
    expect(second.left()).toEqual([]);
  },
  SLOW_MS,
);

test(
  "it has no flag that would lead it to a database",
  async () => {
    await using server = await start(source, ["--database-url", "file:mine.db"]);
    expect(await server.child.exited).toBe(2);
    expect(await server.stderr.all()).toContain("unknown option '--database-url'");
  },
  SLOW_MS,
);
