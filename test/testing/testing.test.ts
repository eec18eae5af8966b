import { afterAll, beforeEach, describe, expect, jest, setSystemTime, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { startFootfall } from "../../src/testing/index.ts";
import type { FootfallServer, StoredEvent } from "../../src/testing/testing.d.ts";
import { eventually } from "../support/clock.ts";
import { createFolder } from "../support/store.ts";

const SLOW_MS = 30_000;

const server = await startFootfall();
afterAll(() => server.stop());
beforeEach(() => server.clear());

const bodyOf = (fields: object, to: FootfallServer = server): string =>
  JSON.stringify({
    trackingCode: to.trackingCode,
    eventType: "pageview",
    url: "https://example.com/",
    sessionId: "s",
    visitorId: "v",
    ...fields,
  });

async function post(fields: object = {}, to: FootfallServer = server): Promise<{ id: string }> {
  const answer = await fetch(`${to.url}/api/v1/events`, { method: "POST", body: bodyOf(fields, to) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as { id: string };
}

const urlsOf = (events: readonly StoredEvent[]) => events.map(({ url }) => url);

/** The message of the error that a promise is rejected with. */
const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "It was not rejected",
    (error: Error) => error.message,
  );

describe("a test server", () => {
  test("has a site, under all its names, and a key that may do everything", async () => {
    const { url, key, trackingCode, websiteId, siteKey, siteId, programId, scope } = server;
    const ask = (path: string) => fetch(url + path, { headers: { authorization: `Bearer ${key}` } });
    const { websites } = (await (await ask("/api/v1/websites")).json()) as { websites: object[] };
    expect(websites).toMatchObject([{ id: websiteId, trackingCode, siteKey, siteId, programId, scope }]);
    expect((await ask("/metrics")).status).toBe(200);
  });

  test(
    "has nothing in common with another one",
    async () => {
      await using other = await startFootfall();
      await post({}, other);
      expect(await server.events()).toEqual([]);
      expect(await other.events()).toHaveLength(1);
      expect(other.url).not.toBe(server.url);
    },
    SLOW_MS,
  );

  test(
    "can be stopped twice",
    async () => {
      await using other = await startFootfall();
      await Promise.all([other.stop(), other.stop()]);
      expect(await messageOf(other.clear())).toContain("The test server has ended");
    },
    SLOW_MS,
  );

  test(
    "takes settings, and says in the server's words what is wrong with them",
    async () => {
      await using open = await startFootfall({ env: { FOOTFALL_METRICS_PUBLIC: "true" } });
      expect((await fetch(`${open.url}/metrics`)).status).toBe(200);
      expect(await messageOf(startFootfall({ env: { FOOTFALL_PORT: "many" } }))).toContain(
        'FOOTFALL_PORT (or --port) is "many"; it must be a whole number',
      );
      expect(await messageOf(startFootfall({ env: { FOOTFALL_NOTHING: "1" } }))).toContain(
        "FOOTFALL_NOTHING is no setting of a test server; those are: FOOTFALL_HOST",
      );
      expect(await messageOf(startFootfall({ env: { FOOTFALL_DATABASE_URL: "file:mine.db" } }))).toContain(
        "FOOTFALL_DATABASE_URL is no setting of a test server",
      );
    },
    SLOW_MS,
  );
});

describe("events", () => {
  test("are all of them, in the order in which they came, test events too", async () => {
    await post({ url: "https://example.com/1", timestamp: Date.UTC(2026, 0, 2) });
    await post({ url: "https://example.com/2", timestamp: Date.UTC(2026, 0, 1) });
    expect(urlsOf(await server.events())).toEqual(["https://example.com/1", "https://example.com/2"]);
  });

  test(
    "are all of them when they fill many pages",
    async () => {
      for (let page = 0; page < 3; page++) {
        const events = Array.from({ length: 1_000 }, (_, n) =>
          JSON.parse(bodyOf({ properties: { n: page * 1_000 + n } })),
        );
        await fetch(`${server.url}/api/v1/events/batch`, { method: "POST", body: JSON.stringify({ events }) });
      }
      const numbers = (await server.events()).map(({ properties }) => properties?.n);
      expect(numbers).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
    },
    SLOW_MS,
  );

  test("are those that are like what is asked for", async () => {
    await post({ url: "https://example.com/a", properties: { plan: "pro", items: [1, 2], nested: { deep: true } } });
    await post({ eventType: "click", url: "https://example.com/b", properties: { plan: "free" } });
    await post({ eventType: "custom", eventName: "signup", url: "https://example.com/c" });
    const like = async (event: Parameters<typeof server.events>[0]) =>
      (await server.events(event)).map(({ url }) => url?.at(-1)).join("");
    expect(await like({})).toBe("abc");
    expect(await like({ type: "click" })).toBe("b");
    expect(await like({ eventType: "click" })).toBe("b");
    expect(await like({ name: "signup" })).toBe("c");
    expect(await like({ name: null })).toBe("ab");
    expect(await like({ name: undefined } as object)).toBe("abc");
    expect(await like({ url: /\/[ac]$/ })).toBe("ac");
    expect(await like({ properties: { plan: "pro" } })).toBe("a");
    expect(await like({ properties: { nested: { deep: true } } })).toBe("a");
    expect(await like({ properties: { items: [1, 2] } })).toBe("a");
    expect(await like({ properties: { items: [1] } })).toBe("");
    expect(await like({ properties: { items: [1, expect.any(Number)] } })).toBe("a");
    expect(await like({ properties: { plan: expect.stringMatching(/o$|e$/) } })).toBe("ab");
    expect(await like({ properties: null })).toBe("c");
    expect(await like({ properties: expect.anything() })).toBe("ab");
    expect(await like({ type: "click", properties: { plan: "pro" } })).toBe("");
  });

  test("are gone after clear, as if they had never been", async () => {
    await post({ eventId: "once" });
    await server.clear();
    expect(await server.events()).toEqual([]);
    await post({ eventId: "once" });
    expect(await server.events()).toHaveLength(1);
    const list = await fetch(`${server.url}/api/v1/events?trackingCode=${server.trackingCode}`, {
      headers: { authorization: `Bearer ${server.key}` },
    });
    expect(await list.json()).toMatchObject({ pagination: { total: 1 } });
  });
});

describe("expectEvent", () => {
  test("gives the event that is there", async () => {
    const { id } = await post({ properties: { step: 2 } });
    expect(await server.expectEvent({ type: "pageview", properties: { step: 2 } })).toMatchObject({
      id,
      visitorId: "v",
    });
  });

  test("waits for one that has not come yet", async () => {
    await post({ url: "https://example.com/other" });
    const expected = server.expectEvent({ type: "click" }, { within: 10_000 });
    const { id } = await post({ eventType: "click" });
    expect((await expected).id).toBe(id);
  });

  test("says what was there instead, the nearest first", async () => {
    await post({ url: "https://example.com/cart" });
    await post({ eventType: "click", url: "https://example.com/buy", properties: { plan: "free" } });
    const like = { type: "click", url: /buy$/, properties: { plan: "pro" } };
    expect(await messageOf(server.expectEvent(like, { within: 50 }))).toBe(
      [
        'No event like { type: "click", url: /buy$/, properties: { plan: "pro" } } within 50 ms. There were 2 events, the nearest first:',
        "  click https://example.com/buy",
        '    properties.plan: expected "pro", was "free"',
        "  pageview https://example.com/cart",
        '    eventType: expected "click", was "pageview"',
        '    url: expected /buy$/, was "https://example.com/cart"',
        '    properties: expected { plan: "pro" }, was null',
      ].join("\n"),
    );
  });

  test("says that there was nothing", async () => {
    expect(await messageOf(server.expectEvent({ type: "click" }, { within: 0 }))).toBe(
      'No event like { type: "click" } within 0 ms. There was no event at all.',
    );
  });

  test("shows no more than the five nearest of many", async () => {
    for (let n = 0; n < 8; n++) await post({ url: `https://example.com/${n}` });
    const message = await messageOf(server.expectEvent({ type: "click" }, { within: 0 }));
    expect(message).toContain("There were 8 events");
    expect(message.match(/pageview https/g)).toHaveLength(5);
  });
});

describe("while the tests stand still, the server does not:", () => {
  test(
    "a program that the test waits for can post",
    async () => {
      const post = ["curl", "-s", "--fail", "--max-time", "10", `${server.url}/api/v1/events`, "-d", bodyOf({})];
      expect(Bun.spawnSync(post).exitCode).toBe(0);
      expect(await server.events()).toHaveLength(1);
    },
    SLOW_MS,
  );

  test("promises can be handed to expect", async () => {
    await expect(post()).resolves.toMatchObject({ eventType: "pageview" });
    await expect(server.events({ sessionId: "s" })).resolves.toHaveLength(1);
    await expect(server.expectEvent({ type: "click" }, { within: 0 })).rejects.toThrow("No event like");
  });

  test("the clock can be stopped or set", async () => {
    setSystemTime(new Date("2019-01-01"));
    try {
      const { createdAt } = (await post()) as unknown as StoredEvent;
      expect(Date.parse(createdAt)).toBeGreaterThan(Date.UTC(2024, 0, 1));
      expect(await server.expectEvent({ type: "pageview" })).toBeDefined();
    } finally {
      setSystemTime();
    }
    jest.useFakeTimers();
    try {
      const expected = server.expectEvent({ type: "click" }, { within: 10_000 });
      expect(await messageOf(server.expectEvent({ type: "click" }, { within: 30 }))).toContain("No event like");
      await post({ eventType: "click" });
      expect(await expected).toBeDefined();
    } finally {
      jest.useRealTimers();
    }
  });
});

describe("of a test server nothing is left", () => {
  const isGone = (url: string) =>
    fetch(`${url}/health`).then(
      () => false,
      () => true,
    );

  /** A program in a folder of its own, which starts a server and prints its address. */
  async function startProgram(folder: string, rest: string, files: Readonly<Record<string, string>> = {}) {
    const kit = join(import.meta.dir, "../../src/testing/index.ts");
    const source = `import { startFootfall } from ${JSON.stringify(kit)};
      const server = await startFootfall();
      console.log(JSON.stringify(server));
      ${rest}`;
    await Bun.write(join(folder, "program.ts"), source);
    for (const [name, text] of Object.entries(files)) await Bun.write(join(folder, name), text);
    await Bun.write(join(folder, "temporary", "here"), "");
    const program = Bun.spawn([process.execPath, "program.ts"], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", TMPDIR: join(folder, "temporary"), FOOTFALL_ADMIN_KEY: "too short" },
      stdout: "pipe",
      stderr: "inherit",
    });
    const { value } = await program.stdout.getReader().read();
    const facts = JSON.parse(new TextDecoder().decode(value)) as FootfallServer;
    return { program, facts, left: () => readdirSync(join(folder, "temporary")).filter((name) => name !== "here") };
  }

  test(
    "when it is stopped",
    async () => {
      await using folder = await createFolder();
      const { program, facts, left } = await startProgram(folder.path, "await server.stop();");
      expect(await program.exited).toBe(0);
      expect(await isGone(facts.url)).toBeTrue();
      expect(left()).toEqual([]);
    },
    SLOW_MS,
  );

  test(
    "when the tests end without having stopped it",
    async () => {
      await using folder = await createFolder();
      const { program, facts, left } = await startProgram(folder.path, "process.exit(0);");
      expect(await program.exited).toBe(0);
      await eventually("the server is gone", SLOW_MS, () => isGone(facts.url));
      await eventually("its files are gone", SLOW_MS, () => left().length === 0);
    },
    2 * SLOW_MS,
  );

  test(
    "when the tests are killed",
    async () => {
      await using folder = await createFolder();
      const { program, facts, left } = await startProgram(folder.path, "await new Promise(() => {});");
      expect(await isGone(facts.url)).toBeFalse();
      program.kill("SIGKILL");
      await program.exited;
      await eventually("the server is gone", SLOW_MS, () => isGone(facts.url));
      await eventually("its files are gone", SLOW_MS, () => left().length === 0);
    },
    2 * SLOW_MS,
  );

  test(
    "and it takes nothing from the folder and the environment of the tests",
    async () => {
      await using folder = await createFolder();
      const { program, facts } = await startProgram(folder.path, "await server.stop();", {
        ".env": "FOOTFALL_DATABASE_URL=file:./mine.db\nFOOTFALL_METRICS_PUBLIC=perhaps\n",
        "bunfig.toml": 'preload = ["./preload.ts"]\n',
        "preload.ts": 'if (process.argv.includes("test-server")) throw new Error("loaded");\n',
      });
      expect(await program.exited).toBe(0);
      expect(facts.key).toStartWith("ff_");
      expect(readdirSync(folder.path)).not.toContain("mine.db");
    },
    SLOW_MS,
  );
});
