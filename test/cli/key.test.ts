import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../support/clock.ts";
import { createPlace, onlyLineOf, type Place, SLOW_MS, urlOf } from "./footfall.ts";

let place: Place;
let siteId: string;
beforeAll(async () => {
  place = createPlace();
  siteId = (await place.json<{ id: string }>(["site", "add", "--name", "A", "--domain", "a.example"])).id;
}, SLOW_MS);
afterAll(() => place[Symbol.asyncDispose]());

const SECRET = /^ff_([0-9A-Za-z]{8})_[0-9A-Za-z]{32}$/;

/** How soon a server sees what a command has changed. */
const SEEN_WITHIN_MS = 1_000;

interface KeyJson {
  readonly id: string;
  readonly key: string;
}

test(
  "the secret alone is on standard output, what it is for on standard error",
  async () => {
    const args = [
      "key",
      "add",
      "--name",
      "writer",
      "--permissions",
      "events:write, tracking:list",
      "--site",
      "a-example",
    ];
    const { exitCode, stdout, stderr } = await place.run(args);
    expect(exitCode).toBe(0);
    const [, id] = SECRET.exec(stdout.trimEnd()) ?? [];
    expect(id).toBeString();
    expect(stderr).toBe(
      `Key ${id} "writer": events:write,events:read; sites: ${siteId}; 60/min; no expiry. The secret is shown only this once:\n`,
    );
  },
  SLOW_MS,
);

test(
  "as JSON, the key is printed with its secret",
  async () => {
    const args = [
      "key",
      "add",
      "--name",
      "reader",
      "--permissions",
      "events:read",
      "--site",
      siteId,
      "--expires",
      "2999-12-31",
    ];
    expect(await place.json<KeyJson>(args)).toEqual({
      id: expect.stringMatching(/^[0-9A-Za-z]{8}$/),
      key: expect.stringMatching(SECRET),
      name: "reader",
      admin: false,
      permissions: ["events:read"],
      sites: [siteId],
      tier: "free",
      requestsPerMinute: 60,
      createdAt: expect.any(String),
      expiresAt: "2999-12-31T00:00:00.000Z",
      revokedAt: null,
    } as never);
  },
  SLOW_MS,
);

test(
  "the list shows every key and no secret, nor a hash of one",
  async () => {
    const { id, key } = await place.json<KeyJson>(["key", "add", "--name", "hidden", "--admin"]);
    const secret = key.slice(`ff_${id}_`.length);
    const hash = new Bun.CryptoHasher("sha256").update(key).digest("hex");
    for (const flags of [["--table"], ["--json"], []]) {
      const { stdout } = await place.run(["key", "list", ...flags]);
      expect(stdout).toContain(id);
      expect(stdout).not.toContain(secret);
      expect(stdout.toLowerCase()).not.toContain(hash);
    }
  },
  SLOW_MS,
);

test(
  "the list for people tells rights, sites and state",
  async () => {
    await place.json([
      "key",
      "add",
      "--name",
      "row",
      "--permissions",
      "sites:manage",
      "--expires",
      "2999-12-31T12:00Z",
    ]);
    const { stdout } = await place.run(["key", "list", "--table"]);
    expect(stdout).toMatch(/^ID +NAME +RIGHTS +SITES +RATE +CREATED +LAST USED +STATE\n/);
    expect(stdout).toMatch(/^\w{8} +row +sites:manage +all +60\/min +\d{4}-\d\d-\d\d +never +valid until 2999-12-31$/m);
  },
  SLOW_MS,
);

test.each([
  [["--tier", "pro"], { tier: "pro", requestsPerMinute: 600 }],
  [["--tier", "unlimited"], { tier: "unlimited", requestsPerMinute: null }],
  [["--requests-per-minute", "5"], { tier: "free", requestsPerMinute: 5 }],
])(
  "%j sets how many requests a key may make",
  async (flags, limits) => {
    const args = ["key", "add", "--name", "limited", "--permissions", "events:read", ...flags];
    expect(await place.json<object>(args)).toMatchObject(limits as object);
  },
  SLOW_MS,
);

describe("a key is rotated", () => {
  test(
    "and its new secret alone is on standard output; what is said of it on standard error",
    async () => {
      const { id, key } = await place.json<KeyJson>(["key", "add", "--name", "turning", "--admin"]);
      const { exitCode, stdout, stderr } = await place.run(["key", "rotate", key]);
      expect(exitCode).toBe(0);
      expect(SECRET.exec(stdout.trimEnd())?.[1]).toBe(id);
      expect(stdout.trimEnd()).not.toBe(key);
      expect(stderr).toMatch(
        new RegExp(
          `^Key ${id} "turning" has a new secret; the old one stays valid until \\S+Z\\. It is shown only this once:\n$`,
        ),
      );
    },
    SLOW_MS,
  );

  test(
    "with an overlap that is said",
    async () => {
      const { id } = await place.json<KeyJson>(["key", "add", "--name", "turning", "--admin"]);
      const none = await place.json<Record<string, unknown>>(["key", "rotate", id, "--overlap", "0s"]);
      expect(none).toMatchObject({ id, admin: true, previousValidUntil: null as never });
      const week = await place.json<{ previousValidUntil: string }>(["key", "rotate", id, "--overlap", "7d"]);
      expect(Math.abs(Date.parse(week.previousValidUntil) - Date.now() - 7 * 86_400_000)).toBeLessThan(600_000);
    },
    SLOW_MS,
  );

  test.each([
    [["--overlap", "31d"], 2, "--overlap: Must be at most 30d"],
    [[], 1, "The API key is expired or revoked: make a new one"],
  ])(
    "unless it cannot be (%j)",
    async (flags, exitCode, problem) => {
      const { id } = await place.json<KeyJson>(["key", "add", "--name", "ended", "--admin"]);
      if (exitCode === 1) await place.json(["key", "revoke", id]);
      const ended = await place.run(["key", "rotate", id, ...flags]);
      expect(ended).toMatchObject({ exitCode, stdout: "" });
      expect(onlyLineOf(ended)).toContain(problem);
    },
    SLOW_MS,
  );
});

describe("beside a running server", () => {
  test(
    "a key that is added is taken, one that is revoked or rotated away refused, within a second",
    async () => {
      await using server = place.start(["serve"], { env: { FOOTFALL_PORT: "0" } });
      const url = await urlOf(server);
      let clients = 0;
      const status = async (key: string) => {
        // Each from an address of its own: wrong keys of one address would be slowed down.
        clients += 1;
        const headers = { authorization: `Bearer ${key}`, "x-forwarded-for": `10.0.${clients >> 8}.${clients & 255}` };
        return (await fetch(`${url}/api/v1/websites`, { headers })).status;
      };
      const becomes = (key: string, wanted: number) =>
        eventually(`the key is answered with ${wanted}`, SEEN_WITHIN_MS, async () => (await status(key)) === wanted);

      const { id, key } = await place.json<KeyJson>(["key", "add", "--name", "beside", "--admin"]);
      await becomes(key, 200);
      const { key: rotated } = await place.json<KeyJson>(["key", "rotate", id, "--overlap", "0s"]);
      await becomes(rotated, 200);
      await becomes(key, 401);
      await place.json(["key", "revoke", id]);
      await becomes(rotated, 401);
    },
    SLOW_MS,
  );
});

describe("a key is revoked", () => {
  test.each([
    ["its id", (key: KeyJson) => key.id],
    ["its id as in the secret", (key: KeyJson) => `ff_${key.id}`],
    ["its secret", (key: KeyJson) => key.key],
  ])(
    "by %s",
    async (_what, nameOf) => {
      const key = await place.json<KeyJson>(["key", "add", "--name", "ending", "--admin"]);
      expect(await place.json<object>(["key", "revoke", nameOf(key)])).toEqual({ id: key.id, revoked: true });
      const list = await place.json<readonly Record<string, unknown>[]>(["key", "list"]);
      expect(list.find(({ id }) => id === key.id)).toMatchObject({ revokedAt: expect.any(String) });
    },
    SLOW_MS,
  );

  test(
    "once; the second time fails with 1",
    async () => {
      const { id } = await place.json<KeyJson>(["key", "add", "--name", "twice", "--admin"]);
      await place.run(["key", "revoke", id]);
      const again = await place.run(["key", "revoke", id]);
      expect(again.exitCode).toBe(1);
      expect(onlyLineOf(again)).toContain("is revoked already");
    },
    SLOW_MS,
  );

  test(
    "only if there is one",
    async () => {
      const ended = await place.run(["key", "revoke", "nobody00"]);
      expect(ended.exitCode).toBe(1);
      expect(onlyLineOf(ended)).toContain('there is no key "nobody00"');
    },
    SLOW_MS,
  );
});

test.each([
  [[], "--permissions: Name at least one of: events:write"],
  [["--permissions", "events:fly"], '--permissions: "events:fly" is not one of'],
  [["--permissions", "events:read", "--expires", "2001-01-01"], "--expires: Must be in the future"],
  [["--admin", "--site", "web-1"], "leave out --permissions and --site"],
])(
  "%j is wrong usage",
  async (flags, problem) => {
    const ended = await place.run(["key", "add", "--name", "wrong", ...flags]);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(onlyLineOf(ended)).toContain(problem);
  },
  SLOW_MS,
);

test(
  "a site that does not exist fails with 1",
  async () => {
    const ended = await place.run([
      "key",
      "add",
      "--name",
      "wrong",
      "--permissions",
      "events:read",
      "--site",
      "web-999",
    ]);
    expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
    expect(onlyLineOf(ended)).toContain('"web-999" not found');
  },
  SLOW_MS,
);
