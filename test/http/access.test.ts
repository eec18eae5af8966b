import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Access, type DialectName, ROUTES, type RouteName } from "../../src/http/routes.ts";
import { TARGETS } from "../support/server.ts";
import { type AccessFixture, CALLERS, type Caller, createAccessFixture } from "./access-fixture.ts";
import { type RouteSample, routeSamples } from "./route-samples.ts";

const NAMES = Object.keys(ROUTES) as RouteName[];
const MATRIX = NAMES.flatMap((name) => CALLERS.map((caller) => ({ name, caller })));

const CODES: Readonly<Record<number, string>> = { 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND" };

const message = expect.any(String);

/** The body of a refusal, by dialect. */
const REFUSALS: Readonly<Record<DialectName, (status: number) => unknown>> = {
  collection: (status) => ({ error: CODES[status], message }),
  affiliate: (status) => ({ data: null, error: { status, name: expect.any(String), message, details: {} } }),
  "affiliate-track": () => ({ error: message }),
  "site-events": () => ({ error: message, code: expect.any(String) }),
  "profile-store": () => ({ error: { code: expect.any(String), message } }),
  operations: () => ({ error: expect.any(String), message }),
};

/** What the way of access says; `own` where the caller sees its own sites instead. */
function expectedStatus(access: Access, caller: Caller, sample: RouteSample): number | "own" {
  if (access.kind === "public") return sample.ok;
  switch (caller) {
    case "no key":
      return access.kind === "ingestion" ? sample.ok : 401;
    case "a wrong key":
    case "an expired key":
    case "a revoked key":
    case "a secret that was rotated away":
      return 401;
    case "a key without the right":
      return 403;
    case "a key of another site":
      return sample.otherSite;
  }
}

for (const target of TARGETS) {
  describe(`${target.name}: every route`, () => {
    let fixture: AccessFixture;
    beforeAll(async () => {
      fixture = await createAccessFixture(target);
    });
    afterAll(async () => {
      await fixture[Symbol.asyncDispose]();
    });

    const ask = (name: RouteName, sample: RouteSample, key: string | null) =>
      fixture.request(sample.path, {
        method: name.split(" ")[0] ?? "",
        key,
        ...(sample.json === undefined ? {} : { json: sample.json }),
      });
    const sampleOf = (name: RouteName) => routeSamples(fixture)[name];
    const permissionOf = (access: Access) => ("permission" in access ? access.permission : "events:read");

    test.each(NAMES)("%s opens to the admin key", async (name) => {
      const sample = sampleOf(name);
      expect((await ask(name, sample, fixture.server.adminKey)).status).toBe(sample.ok);
    });

    test.each(MATRIX)("$name, $caller", async ({ name, caller }) => {
      const { access, dialect } = ROUTES[name];
      const sample = sampleOf(name);
      const status = expectedStatus(access, caller, sample);
      const before = await fixture.countEvents();
      const response = await ask(name, sample, fixture.keyOf(caller, permissionOf(access)));
      const text = await response.text();
      expect(response.status).toBe(status === "own" ? sample.ok : status);
      if (status === sample.ok) return;

      for (const secret of fixture.secrets) expect(text).not.toContain(secret);
      expect(await fixture.countEvents()).toBe(before);
      if (status === "own") return;
      if (status === 207) return expect(JSON.parse(text)).toMatchObject({ eventsCreated: 0, events: [] });
      expect(JSON.parse(text)).toEqual(REFUSALS[dialect](status));
      expect(response.headers.get("www-authenticate")).toBe(status === 401 ? 'Bearer realm="footfall"' : null);
    });

    test.each(MATRIX.filter(({ name }) => name.startsWith("GET ")))(
      "$name answers HEAD as it answers GET: $caller",
      async ({ name, caller }) => {
        const { access } = ROUTES[name];
        const sample = sampleOf(name);
        const status = expectedStatus(access, caller, sample);
        const key = fixture.keyOf(caller, permissionOf(access));
        const response = await fixture.request(sample.path, { method: "HEAD", key });
        expect(response.status).toBe(status === "own" ? sample.ok : status);
        expect(await response.text()).toBe("");
      },
    );

    test.each(NAMES.filter((name) => ["key", "admin"].includes(ROUTES[name].access.kind)))(
      "%s says that a key is missing, before what is wrong with the request",
      async (name) => {
        const [method = "", path = ""] = name.split(" ");
        const body = method === "GET" ? null : "{";
        const response = await fixture.request(`${path}?limit=x`, { method, body, key: null });
        expect(response.status).toBe(401);
      },
    );
  });
}
