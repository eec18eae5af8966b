import { describe, expect, test } from "bun:test";
import { ROUTES, type RouteName } from "../../src/http/routes.ts";
import { createSite, pageView } from "../contract/collection/fixture.ts";
import { onEveryTarget, startApp, type TestServer, useServer } from "../support/server.ts";

const NAMES = Object.keys(ROUTES) as RouteName[];
const INGESTION = NAMES.filter((name) => ROUTES[name].access.kind === "ingestion");
const CLOSED = NAMES.filter((name) => ROUTES[name].access.kind !== "ingestion");
/** Loaded by pages of every origin. */
const SCRIPT: RouteName = "GET /client.js";

const PAGE = "https://shop.example";
const DASHBOARD = "https://dashboard.example";

const partsOf = (name: RouteName) => {
  const [method = "", path = ""] = name.split(" ");
  return { method, path: path.replaceAll(/:\w+/g, "x") };
};

function preflight(server: TestServer, path: string, origin: string, method: string | null): Promise<Response> {
  const headers = new Headers({ origin });
  if (method !== null) headers.set("access-control-request-method", method);
  return fetch(server.url + path, { method: "OPTIONS", headers });
}

/** The headers that CORS is about, without their prefix. */
function corsOf(response: Response): Record<string, string> {
  const found = [...response.headers].filter(([name]) => name.startsWith("access-control-") || name === "vary");
  return Object.fromEntries(found.map(([name, value]) => [name.replace("access-control-", ""), value]));
}

const OPEN = {
  "allow-origin": "*",
  "allow-headers": "Content-Type, Authorization, X-API-Key, X-Requested-With",
  "max-age": "86400",
};

const EXPOSED = {
  "expose-headers":
    "Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, X-Request-Id",
};

describe("CORS", () => {
  onEveryTarget((server) => {
    describe("preflight", () => {
      test.each(INGESTION)("%s is open to every origin, for a day, without credentials", async (name) => {
        const { method, path } = partsOf(name);
        for (const end of ["", "/", "?a=b"]) {
          const response = await preflight(server(), path + end, PAGE, method);
          expect(response.status).toBe(204);
          expect(await response.text()).toBe("");
          expect(corsOf(response)).toEqual({ ...OPEN, "allow-methods": method });
        }
      });

      test.each(CLOSED)("%s is closed", async (name) => {
        const { method, path } = partsOf(name);
        const response = await preflight(server(), path, PAGE, method);
        expect(response.status).toBe(204);
        expect(corsOf(response)).toEqual({});
        expect(response.headers.get("allow")).toContain(method);
        expect(response.headers.get("allow")).toEndWith(", OPTIONS");
      });

      test("of a method that the path does not have allows no more than those it has", async () => {
        const response = await preflight(server(), "/api/v1/events", PAGE, "PUT");
        expect(response.headers.get("allow")).toBe("POST, GET, HEAD, DELETE, OPTIONS");
        expect(response.headers.get("access-control-allow-methods") ?? "").not.toContain("PUT");
      });

      test("OPTIONS without a question answers what there is", async () => {
        const response = await preflight(server(), "/api/v1/websites", PAGE, null);
        expect(response.status).toBe(204);
        expect(response.headers.get("allow")).toBe("POST, GET, HEAD, OPTIONS");
        expect(corsOf(response)).toEqual({});
      });

      test("404 on a path that does not exist", async () => {
        for (const [path, error] of [
          ["/api/v1/nothing", "NOT_FOUND"],
          ["/nothing", "not_found"],
        ] as const) {
          const response = await preflight(server(), path, PAGE, "POST");
          expect(response.status).toBe(404);
          expect(corsOf(response)).toEqual({});
          expect(await response.json()).toEqual({ error, message: "Route not found" });
        }
      });
    });

    describe("answers", () => {
      const send = (path: string, body: string, headers: Record<string, string> = {}) =>
        fetch(server().url + path, { method: "POST", body, headers: { origin: PAGE, ...headers } });

      test("of ingestion can be read by every origin, good or bad", async () => {
        const site = await createSite(server());
        const event = JSON.stringify(pageView(site));
        const answers: readonly (readonly [number, Response])[] = [
          [201, await send("/api/v1/events", event)],
          [201, await send("/api/v1/events/", event)],
          [201, await send("/api/v1/events/batch", `{"events":[${event}]}`)],
          [207, await send("/api/v1/events/batch", '{"events":[5]}')],
          [
            204,
            await send(
              "/api/v1/track",
              event.replace("trackingCode", "code").replace("sessionId", "sid").replace("visitorId", "vid"),
            ),
          ],
          [400, await send("/api/v1/events", "{")],
          [400, await send("/api/v1/events", "{}")],
          [400, await send("/api/v1/track/", "{}")],
          [404, await send("/api/v1/events", event.replace(site.trackingCode, "pm-nobody-1"))],
          [413, await send("/api/v1/events", " ".repeat(200_000))],
          [401, await send("/api/v1/events", event, { authorization: "Bearer x" })],
          [401, await send("/api/v1/events/batch", event, { authorization: "x" })],
        ];
        for (const [status, response] of answers) {
          expect(response.status).toBe(status);
          expect(corsOf(response)).toEqual({ "allow-origin": "*", ...EXPOSED });
        }
      });

      test("of ingestion say nothing of pages to what is none", async () => {
        const response = await fetch(`${server().url}/api/v1/events`, { method: "POST", body: "{}" });
        expect(corsOf(response)).toEqual({ "allow-origin": "*" });
      });

      test.each(CLOSED.filter((name) => name !== SCRIPT))("of %s cannot", async (name) => {
        const { method, path } = partsOf(name);
        for (const key of [server().adminKey, "wrong"]) {
          const headers = { origin: PAGE, authorization: `Bearer ${key}` };
          const response = await fetch(server().url + path, { method, headers, body: method === "POST" ? "{}" : null });
          expect(corsOf(response)["allow-origin"]).toBeUndefined();
        }
      });

      test("of a method that ingestion does not have cannot", async () => {
        const response = await fetch(`${server().url}/api/v1/track`, { method: "PUT", headers: { origin: PAGE } });
        expect(response.status).toBe(405);
        expect(corsOf(response)).toEqual({});
      });
    });
  });

  const GUARDED = CLOSED.filter((name) => ROUTES[name].access.kind !== "public");

  describe("with an origin that is configured", () => {
    const server = useServer(() => startApp({ config: { corsOrigins: [DASHBOARD, "app://viewer"] } }));

    test.each(GUARDED)("%s is open to it, and to no other", async (name) => {
      const { method, path } = partsOf(name);
      const own = { "allow-headers": OPEN["allow-headers"], "max-age": OPEN["max-age"], vary: "Origin" };
      for (const origin of [DASHBOARD, "app://viewer"]) {
        const cors = corsOf(await preflight(server(), path, origin, method));
        expect(cors).toMatchObject({ ...own, "allow-origin": origin });
        expect(cors["allow-methods"]?.split(", ")).toContain(method);
        expect(cors["allow-credentials"]).toBeUndefined();
      }
      for (const origin of [PAGE, "https://dashboard.example.evil.example", "http://dashboard.example", "null", ""]) {
        expect(corsOf(await preflight(server(), path, origin, method))).toEqual({ vary: "Origin" });
      }
    });

    test.each(GUARDED)("its answers to %s can be read, errors too", async (name) => {
      const { method, path } = partsOf(name);
      for (const key of [server().adminKey, "wrong"]) {
        const headers = { origin: DASHBOARD, authorization: `Bearer ${key}` };
        const response = await fetch(server().url + path, { method, headers, body: method === "POST" ? "{}" : null });
        expect(corsOf(response)).toEqual({ "allow-origin": DASHBOARD, vary: "Origin", ...EXPOSED });
      }
    });

    test("a preflight for posting does not open reading to other origins", async () => {
      const posting = corsOf(await preflight(server(), "/api/v1/events", PAGE, "POST"));
      expect(posting).toEqual({ ...OPEN, "allow-methods": "POST" });
      const reading = corsOf(await preflight(server(), "/api/v1/events", DASHBOARD, "GET"));
      expect(reading["allow-methods"]).toBe("POST, GET, DELETE");
    });

    test("ingestion stays open to every origin", async () => {
      for (const origin of [PAGE, DASHBOARD]) {
        expect(corsOf(await preflight(server(), "/api/v1/events/batch", origin, "POST"))["allow-origin"]).toBe("*");
      }
    });
  });

  describe("with every origin configured", () => {
    const server = useServer(() => startApp({ config: { corsOrigins: ["*"] } }));

    test.each(GUARDED)("%s is open, without credentials", async (name) => {
      const { method, path } = partsOf(name);
      const cors = corsOf(await preflight(server(), path, PAGE, method));
      expect(cors).toMatchObject({ "allow-origin": "*", "max-age": "86400" });
      expect(cors["allow-credentials"]).toBeUndefined();
    });
  });
});
