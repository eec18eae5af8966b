import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/domain/errors.ts";
import { ENCODERS } from "../../src/http/errors.ts";
import { type DialectName, ROUTES, type RouteName } from "../../src/http/routes.ts";
import { createHttp, type HttpDeps } from "../../src/http/server.ts";
import { rawRequest } from "../support/raw-request.ts";
import { onEveryTarget } from "../support/server.ts";

const NAMES = Object.keys(ROUTES) as RouteName[];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** The path of a route with something in its parameters. */
const pathOf = (name: RouteName) => (name.split(" ")[1] ?? "").replaceAll(/:\w+/g, "x");

/** The methods of each path, in the order of the table; a parameter matches what other routes have there. */
const ALLOWED = new Map<string, string[]>();
for (const name of NAMES) {
  const pattern = (path: string) => new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`);
  const methods = NAMES.filter((other) => pattern(other.split(" ")[1] ?? "").test(pathOf(name))).map(
    (other) => other.split(" ")[0] ?? "",
  );
  const withHead = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  ALLOWED.set(pathOf(name), [...new Set(withHead)]);
}

/** The dialect of each path. */
const DIALECTS = new Map(NAMES.map((name) => [pathOf(name), ROUTES[name].dialect as DialectName]));

const COLLECTION_404 = { error: "NOT_FOUND", message: "Route not found" };
const AFFILIATE_404 = {
  data: null,
  error: { status: 404, name: "NotFoundError", message: "Route not found", details: {} },
};
const PLAIN_404 = { error: "not_found", message: "Route not found" };

describe("the table of routes", () => {
  test("names every route that the server has, and no other", () => {
    // Nothing is called: the dependencies are not looked at.
    const { routes } = createHttp({ logRequests: false } as unknown as HttpDeps);
    expect(routes.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(NAMES.toSorted());
  });
});

describe("a path", () => {
  onEveryTarget((server) => {
    test.each([...ALLOWED.keys()])("%s answers 405 to methods that it does not have, and says which", async (path) => {
      const allowed = ALLOWED.get(path) ?? [];
      for (const method of METHODS.filter((one) => !allowed.includes(one))) {
        for (const end of ["", "/", "?a=b"]) {
          const response = await server().request(path + end, { method });
          expect(response.status).toBe(405);
          expect(response.headers.get("allow")).toBe(allowed.join(", "));
          // In the shape of the path's own dialect; what shapes there are, `error-table.test.ts` says.
          const refused = new AppError(
            "method_not_allowed",
            `${method} is not allowed here; allowed: ${allowed.join(", ")}`,
          );
          expect(await response.json()).toEqual(ENCODERS[DIALECTS.get(path) as DialectName](refused).body);
        }
      }
    });

    test.each([...ALLOWED.keys()])("%s is the same with a slash at its end", async (path) => {
      for (const method of ALLOWED.get(path) ?? []) {
        const body = method === "POST" ? "{" : null;
        const [plain, slashed] = await Promise.all(
          [path, `${path}/`].map((one) => server().request(one, { method, body })),
        );
        expect(slashed?.status).toBe(Number(plain?.status));
        // What is counted moves with every request.
        if (path !== "/metrics") expect(await slashed?.text()).toBe(String(await plain?.text()));
        expect(slashed?.headers.get("access-control-allow-origin")).toEqual(
          plain?.headers.get("access-control-allow-origin") as string,
        );
      }
    });

    test.each([
      "/api",
      "/api/",
      "/api/v1",
      "/api/v2/events",
      "/api/v1/event",
      "/api/v1/eventsx",
      "/api/v1/events/a/b",
      "/api/v1/events//",
      "/api/v1//events",
      "/api//v1/events",
      "/api/v1/Events",
      "/api/v1/websites/nope/deeper",
      "/api/v1/track/nothing",
      "/api/v1/%65vents",
      "/api/v1/events%2Fbatch",
      `/api/${"x/".repeat(500)}`,
    ])("%s is 404 in the shape of the collection API", async (path) => {
      const response = await server().request(path);
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.json()).toEqual(COLLECTION_404);
    });

    test.each([
      "/api/tracking",
      "/api/tracking/events",
      "/api/tracking/events/1/2",
      "/api/tracking/events//",
      "/api/tracking/nope",
    ])("%s is 404 in the shape of the affiliate API", async (path) => {
      const response = await server().request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual(AFFILIATE_404);
    });

    test.each(["click", "lead", "sale", "refund"])(
      "what is below %s is 404 in the shape of its parent",
      async (what) => {
        for (const path of [`/api/v1/track/${what}/x`, `/api/tracking/${what}/x`]) {
          const response = await server().request(path, { json: {}, key: null });
          expect(response.status).toBe(404);
          expect(await response.json()).toEqual({ error: "Route not found" });
        }
      },
    );

    test.each([
      "/api/t/x",
      "/api/v1/sites/site_1",
      "/api/v1/sites/site_1/nothing",
      "/api/v1/sites//events/x",
      "/api/v1/sites/site_1//events",
      "/api/integrations/cloudflare",
    ])("%s is 404 in the shape of the site-events API", async (path) => {
      const response = await server().request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ error: "Route not found", code: "NOT_FOUND" });
    });

    test.each(["/api/v1/sites//events", "/api/v1/sites//stats", "/api/v1/sites//events/?limit=1"])(
      "%s lacks its site, which is told with and without a key",
      async (path) => {
        for (const key of [null, server().adminKey]) {
          const response = await server().request(path, { key });
          expect(response.status).toBe(400);
          expect(await response.json()).toEqual({ error: "Site ID not provided in path", code: "MISSING_SITE_ID" });
        }
      },
    );

    test.each([
      "/",
      "/nope",
      "/API/v1/events",
      "/apis",
      "/healthy",
      "/favicon.ico",
      "/.env",
      "/health/x",
      "/version//",
    ])("%s is 404 in plain words", async (path) => {
      const response = await server().request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual(PLAIN_404);
    });

    test.each([
      ["//api/v1/events", PLAIN_404],
      ["/api/v1/events/../websites", COLLECTION_404],
      ["/api/v1/./websites", COLLECTION_404],
      ["/../../etc/passwd", PLAIN_404],
    ])("%s, sent as it is, is 404", async (path, body) => {
      const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server().adminKey}\r\nConnection: close`;
      const answer = await rawRequest(server().url, `${head}\r\n\r\n`);
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body)).toEqual(body);
    });

    test("an unknown path is 404 without a key, too, whatever the method", async () => {
      for (const method of METHODS) {
        const response = await server().request("/api/v1/nothing", { method, key: null });
        expect(response.status).toBe(404);
        expect(await response.json()).toEqual(COLLECTION_404);
      }
    });

    test("an error has a request id of its own", async () => {
      const ids = await Promise.all(
        [1, 2].map(async () => (await server().request("/nope")).headers.get("x-request-id")),
      );
      for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(ids[0]).not.toBe(String(ids[1]));
    });
  });
});
