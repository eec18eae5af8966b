import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createPlace, onlyLineOf, type Place, SLOW_MS } from "./footfall.ts";

let place: Place;
let siteId: string;
beforeAll(async () => {
  place = createPlace();
  siteId = (await place.json<{ id: string }>(["site", "add", "--name", "A", "--domain", "a.example"])).id;
}, SLOW_MS);
afterAll(() => place[Symbol.asyncDispose]());

const SECRET = /^ff_([0-9A-Za-z]{8})_[0-9A-Za-z]{32}$/;

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
      `Key ${id} "writer": events:write,events:read; sites: ${siteId}; no expiry. The secret is shown only this once:\n`,
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
    for (const flags of [[], ["--json"]]) {
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
    const { stdout } = await place.run(["key", "list"]);
    expect(stdout).toMatch(/^ID +NAME +RIGHTS +SITES +CREATED +STATE\n/);
    expect(stdout).toMatch(/^\w{8} +row +sites:manage +all +\d{4}-\d\d-\d\d +valid until 2999-12-31$/m);
  },
  SLOW_MS,
);

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
