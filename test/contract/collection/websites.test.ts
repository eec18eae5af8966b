import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import {
  createEvent,
  createKey,
  createSite,
  expectError,
  expectInvalid,
  expectStatus,
  ISO_TIME,
  pageView,
  type Website,
} from "./fixture.ts";

const NO_DOMAIN = 'Must be a host name such as "example.com", or an http(s) URL';
const NO_SCOPE =
  "Must be a lower-case letter and up to 63 of a-z, 0-9, _ and -, or a GUID, and must not begin with site_, pm-, ak_ or web-";

const DEFAULT_SETTINGS = {
  publicRead: false,
  allowedOrigins: null,
  honorGpc: true,
  honorDnt: false,
  retentionDays: null,
  attributionWindowDays: 60,
  eventsPerMinute: null,
};

describe("/api/v1/websites", () => {
  onEveryTarget((server) => {
    const create = (json: unknown, key?: string | null) =>
      server().request("/api/v1/websites", { json, ...(key === undefined ? {} : { key }) });
    const listWith = async (key?: string) => {
      const response = await server().request("/api/v1/websites", key === undefined ? {} : { key });
      return (await expectStatus(response, 200)) as { websites: Website[]; total: number };
    };

    test("POST answers 201 with all names of the website", async () => {
      const response = await create({ name: "My Website", domain: "names.example", description: "What it is" });
      const site = (await expectStatus(response, 201)) as Website;
      expect(site as unknown).toEqual({
        id: `web-${site.programId}`,
        trackingCode: expect.stringMatching(/^pm-[a-z0-9]{6}-\d{13}$/),
        name: "My Website",
        domain: "names.example",
        description: "What it is",
        ...DEFAULT_SETTINGS,
        programId: expect.any(Number),
        siteId: `site_${site.programId}`,
        siteKey: expect.stringMatching(/^ak_[0-9A-Za-z]{24}$/),
        scope: "names-example",
        createdAt: expect.stringMatching(ISO_TIME),
      });
      await createEvent(server(), pageView(site));
    });

    test("POST takes null for what may be left out", async () => {
      const json = { name: "A", domain: "nulls.example", description: null, scope: null, publicRead: null, foo: 1 };
      expect(await expectStatus(await create(json), 201)).toMatchObject({
        description: null,
        scope: "nulls-example",
        publicRead: false,
      });
    });

    test.each([
      ["https://URL.example:8443/path?query#top", "url.example"],
      ["http://user:password@login.example", "login.example"],
      ["  blanks.example  ", "blanks.example"],
      ["UPPER.Example", "upper.example"],
      ["port.example:8080", "port.example"],
      ["path.example/a/b", "path.example"],
      ["dot.example.", "dot.example"],
      ["bücher.example", "xn--bcher-kva.example"],
      ["https://пример.рф/", "xn--e1afmkfd.xn--p1ai"],
      ["localhost", "localhost"],
      ["192.0.2.7", "192.0.2.7"],
      ["[2001:DB8::1]", "[2001:db8::1]"],
      ["_dmarc.a--b.example", "_dmarc.a--b.example"],
      [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
    ])("POST takes %j as the domain %s", async (sent, domain) => {
      expect(await expectStatus(await create({ name: "A", domain: sent }), 201)).toMatchObject({ domain });
    });

    test.each([
      " ",
      "a b.example",
      "ftp://files.example",
      "mailto:me@mail.example",
      "me@mail.example",
      "javascript:alert(1)",
      "*.example",
      "-a.example",
      "a..example",
      "http://",
      "/path",
      "?query",
      "exa<mple>.com",
      "host.example:port",
      `${"a".repeat(64)}.example`,
      `${"a.".repeat(127)}example`,
    ])("POST answers 400 for the domain %j", async (domain) => {
      await expectInvalid(await create({ name: "A", domain }), { domain: [NO_DOMAIN] }, "Invalid input");
    });

    test("POST answers 409 for a domain that is taken, however it is written", async () => {
      await expectStatus(await create({ name: "A", domain: "taken.example" }), 201);
      for (const domain of ["taken.example", "https://TAKEN.example/path", "taken.example.:80"]) {
        const message = 'A website with the domain "taken.example" exists already';
        await expectError(await create({ name: "B", domain }), 409, "CONFLICT", message);
      }
    });

    test("POST of one domain by 10 at the same moment: one is 201, nine are 409", async () => {
      const json = { name: "A", domain: "race.example" };
      const responses = await Promise.all(Array.from({ length: 10 }, () => create(json)));
      expect(responses.map((response) => response.status).sort()).toEqual([201, ...Array(9).fill(409)]);
    });

    test("POST of domains that would have the same scope: each gets its own", async () => {
      const domains = ["same.scope.example", "same-scope.example", "same.scope-example"];
      const responses = await Promise.all(domains.map((domain) => create({ name: "A", domain })));
      const sites = (await Promise.all(responses.map((response) => expectStatus(response, 201)))) as Website[];
      expect(sites.map((site) => site.scope).sort()).toEqual([
        "same-scope-example",
        "same-scope-example-2",
        "same-scope-example-3",
      ]);
    });

    test("POST takes a scope: a name or a GUID", async () => {
      for (const [scope, domain] of Object.entries({
        "my-shop_2": "scope1.example",
        "0B7AC9B0-5E1C-4C8E-9A3C-1234567890ab": "scope2.example",
      })) {
        expect(await expectStatus(await create({ name: "A", domain, scope }), 201)).toMatchObject({ scope });
        const message = `A website with the domain "other.${domain}" or the scope "${scope}" exists already`;
        await expectError(await create({ name: "A", domain: `other.${domain}`, scope }), 409, "CONFLICT", message);
      }
    });

    test.each(["", "Upper", "1st", "a b", "site_1", "pm-a", "ak_a", "web-1", "é", "x".repeat(64).concat("y")])(
      "POST answers 400 for the scope %j",
      async (scope) => {
        const response = await create({ name: "A", domain: "no-scope.example", scope });
        const tooLong = scope.length > 64;
        const message = tooLong ? "Must be at most 64 characters" : NO_SCOPE;
        await expectInvalid(response, { scope: [message] }, tooLong ? "Invalid request body" : "Invalid input");
      },
    );

    test.each([
      [{ domain: "a.example" }, { name: ["Required"] }],
      [{ name: "A" }, { domain: ["Required"] }],
      [{ name: "", domain: "a.example" }, { name: ["Must not be empty"] }],
      [{ name: "x".repeat(201), domain: "a.example" }, { name: ["Must be at most 200 characters"] }],
      [{ name: 5, domain: "a.example" }, { name: ["Must be a string"] }],
      [{ name: "A", domain: "" }, { domain: ["Must not be empty"] }],
      [{ name: "A", domain: "x".repeat(2049) }, { domain: ["Must be at most 2048 characters"] }],
      [{ name: "A", domain: 5 }, { domain: ["Must be a string"] }],
      [
        { name: "A", domain: "a.example", description: "x".repeat(1001) },
        { description: ["Must be at most 1000 characters"] },
      ],
      [{ name: "A", domain: "a.example", publicRead: "yes" }, { publicRead: ["Must be a boolean"] }],
    ])("POST answers 400 for %j", async (json, fieldErrors) => {
      await expectInvalid(await create(json), fieldErrors, "Invalid request body");
    });

    test("POST answers 400 for a name of blanks", async () => {
      const response = await create({ name: "  ", domain: "blank.example" });
      await expectInvalid(response, { name: ["Must not be empty"] }, "Invalid input");
    });

    test("POST answers 413 above 64 KiB", async () => {
      const message = "The request body must be at most 65536 bytes";
      const response = await create({ name: "A", domain: "a.example", foo: "x".repeat(65536) });
      await expectError(response, 413, "PAYLOAD_TOO_LARGE", message);
    });

    test("POST answers 403 with a key that is bound to some websites", async () => {
      const site = await createSite(server());
      const bound = await createKey(server(), { permissions: ["sites:manage"], sites: [site.id] });
      const message = "The API key is bound to some websites; this needs one for all websites";
      await expectError(await create({ name: "A", domain: "bound.example" }, bound), 403, "FORBIDDEN", message);
      const unbound = await createKey(server(), { permissions: ["sites:manage"] });
      await expectStatus(await create({ name: "A", domain: "bound.example" }, unbound), 201);
    });

    test("GET lists the websites as they were created, and the one that the first start makes", async () => {
      const site = await createSite(server());
      const { websites, total } = await listWith();
      expect(total).toBe(websites.length);
      expect(websites).toContainEqual(site);
      expect(websites[0]).toMatchObject({ id: "web-1", name: "Default", domain: null as never, scope: "default" });
    });

    test("GET lists the key's own websites only", async () => {
      const [first, second] = [await createSite(server()), await createSite(server())];
      const both = await createKey(server(), { permissions: ["events:read"], sites: [second.id, first.id] });
      const one = await createKey(server(), { permissions: ["events:read"], sites: [first.id] });
      expect(await listWith(both)).toEqual({ websites: [first, second], total: 2 });
      expect(await listWith(one)).toEqual({ websites: [first], total: 1 });
      const all = await createKey(server(), { permissions: ["events:read"] });
      expect(await listWith(all)).toEqual(await listWith());
    });
  });
});
