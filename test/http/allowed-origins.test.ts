import { describe, expect, test } from "bun:test";
import {
  createEvent,
  createKey,
  createSite,
  expectError,
  pageView,
  type Website,
} from "../contract/collection/fixture.ts";
import { onEveryTarget, type RequestOptions, startApp, useServer } from "../support/server.ts";

const SHOP = "https://shop.example";
const OTHER = "https://other.example";
const REFUSED = `The website takes no events of pages of ${OTHER}`;

describe("a website that allows one origin", () => {
  onEveryTarget((server) => {
    const create = (fields: object = {}) => createSite(server(), { allowedOrigins: [SHOP], ...fields });
    const send = (path: string, origin: string | null, options: RequestOptions) => {
      const headers = origin === null ? {} : { origin };
      return server().request(path, { key: null, ...options, headers });
    };
    const post = (site: Website, origin: string | null, options: RequestOptions = {}) =>
      send("/api/v1/events", origin, { json: pageView(site), ...options });

    test("takes events of its pages, and of what is no page", async () => {
      const site = await create();
      expect((await post(site, SHOP)).status).toBe(201);
      expect((await post(site, null)).status).toBe(201);
    });

    test.each([OTHER, "http://shop.example", "https://shop.example:8443", "https://shop.example.evil.example", "null"])(
      "refuses pages of %s, and lets them read why",
      async (origin) => {
        const site = await create();
        const response = await post(site, origin);
        expect(response.headers.get("access-control-allow-origin")).toBe("*");
        await expectError(response, 403, "FORBIDDEN", REFUSED.replace(OTHER, origin));
      },
    );

    test("refuses page views and batches alike", async () => {
      const [site, open] = [await create(), await createSite(server())];
      const view = { code: site.trackingCode, sid: "s", vid: "v", url: "https://a.example/" };
      await expectError(await send("/api/v1/track", OTHER, { json: view }), 403, "FORBIDDEN", REFUSED);
      const batch = (events: unknown[]) => send("/api/v1/events/batch", OTHER, { json: { events } });
      await expectError(await batch([pageView(site), pageView(site)]), 403, "FORBIDDEN", REFUSED);
      const mixed = await batch([pageView(open), pageView(site)]);
      expect(mixed.status).toBe(207);
      expect((await mixed.json()) as object).toMatchObject({
        eventsCreated: 1,
        errors: [{ index: 1, error: "FORBIDDEN", message: REFUSED }],
      });
    });

    test("takes events of whoever has a key, from anywhere", async () => {
      const site = await create();
      const key = await createKey(server(), { permissions: ["events:write"] });
      expect((await post(site, OTHER, { key })).status).toBe(201);
    });

    test("says an origin that is too long to be one in short", async () => {
      const origin = `https://${"x".repeat(5_000)}`;
      await expectError(
        await post(await create(), origin),
        403,
        "FORBIDDEN",
        `The website takes no events of pages of ${origin.slice(0, 100)}`,
      );
    });

    test("with an empty list takes events of no page", async () => {
      const site = await create({ allowedOrigins: [] });
      expect((await post(site, SHOP)).status).toBe(403);
      expect((await post(site, null)).status).toBe(201);
    });

    describe("its pages", () => {
      const allowed = async (path: string, origin: string, options: RequestOptions = {}) => {
        const response = await server().request(path, { ...options, headers: { ...options.headers, origin } });
        return response.headers.get("access-control-allow-origin");
      };

      test("may read about it, and no others may", async () => {
        const site = await create({ publicRead: true });
        const { id } = await createEvent(server(), pageView(site));
        const paths = [
          `/api/v1/events?trackingCode=${site.trackingCode}`,
          `/api/v1/events/${id}`,
          `/api/v1/websites/${site.id}`,
        ];
        for (const path of paths) {
          expect(await allowed(path, SHOP)).toBe(SHOP);
          expect(await allowed(path, OTHER)).toBeNull();
        }
        expect(await allowed(paths[0] ?? "", SHOP, { key: null })).toBe(SHOP);
      });

      test("may not read about another", async () => {
        const site = await createSite(server(), { publicRead: true, allowedOrigins: [OTHER] });
        await create();
        expect(await allowed(`/api/v1/events?trackingCode=${site.trackingCode}`, SHOP)).toBeNull();
        expect(await allowed("/api/v1/keys", SHOP)).toBeNull();
      });

      test("may ask, as a preflight tells them", async () => {
        await create();
        const ask = (origin: string) =>
          allowed("/api/v1/events", origin, { method: "OPTIONS", headers: { "access-control-request-method": "GET" } });
        expect(await ask(SHOP)).toBe(SHOP);
        expect(await ask("https://nobody.example")).toBeNull();
        expect(await ask(`https://${"x".repeat(5_000)}`)).toBeNull();
      });
    });
  });
});

test("a preflight knows an origin as soon as a site names it, and no longer", async () => {
  const server = await startApp();
  await using _ = server;
  const headers = { origin: "https://late.example", "access-control-request-method": "GET" };
  const ask = async () =>
    (await server.request("/api/v1/events", { method: "OPTIONS", headers })).headers.get("access-control-allow-origin");
  expect(await ask()).toBeNull();
  const site = await createSite(server, { allowedOrigins: ["https://late.example"] });
  expect(await ask()).toBe("https://late.example");
  await server.request(`/api/v1/websites/${site.id}`, { method: "DELETE" });
  expect(await ask()).toBeNull();
});

describe("a server that names origins", () => {
  const server = useServer(() => startApp({ config: { corsOrigins: ["https://dashboard.example"] } }));

  test("leaves a site's own beside them", async () => {
    const site = await createSite(server(), { allowedOrigins: [SHOP] });
    const read = async (origin: string) => {
      const path = `/api/v1/events?trackingCode=${site.trackingCode}`;
      return (await server().request(path, { headers: { origin } })).headers.get("access-control-allow-origin");
    };
    expect(await read(SHOP)).toBe(SHOP);
    expect(await read("https://dashboard.example")).toBe("https://dashboard.example");
    expect(await read(OTHER)).toBeNull();
  });
});
