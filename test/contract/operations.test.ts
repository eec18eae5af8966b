import { describe, expect, test } from "bun:test";
import { version } from "../../package.json" with { type: "json" };
import { createHttp, type HttpDeps } from "../../src/http/server.ts";
import { createLogger } from "../../src/lib/log.ts";
import { TARGETS, useServer } from "../support/server.ts";

for (const target of TARGETS) {
  describe(`${target.name}: beside the dialects`, () => {
    const server = useServer(() => target.start());
    const get = (path: string, method = "GET") => server().request(path, { key: null, method });

    test.each([
      ["/health", { status: "ok" }],
      ["/ready", { status: "ready" }],
      ["/version", { name: "footfall", version }],
    ])("GET %s answers without a key", async (path, body) => {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toStartWith("application/json");
      expect(await answer.json()).toEqual(body);
    });

    test.each(["/health", "/ready", "/version", "/openapi.json", "/docs"])(
      "HEAD %s answers as GET does, without a body",
      async (path) => {
        const full = await get(path);
        const head = await get(path, "HEAD");
        expect(head.status).toBe(200);
        expect(await head.text()).toBe("");
        for (const name of ["content-type", "content-length", "etag", "cache-control"]) {
          expect(head.headers.get(name)).toBe(full.headers.get(name));
        }
      },
    );

    test.each(["POST", "PUT", "DELETE", "PATCH"])("%s is not allowed, and GET is named", async (method) => {
      const answer = await get("/health", method);
      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toContain("GET");
      expect(await answer.json()).toMatchObject({ error: "method_not_allowed" });
    });

    test("an unknown path is answered in JSON", async () => {
      const answer = await get("/nowhere");
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ error: "not_found", message: "Route not found" });
    });

    test("the API's description names this release", async () => {
      const document = (await (await get("/openapi.json")).json()) as { openapi: string; info: { version: string } };
      expect(document).toMatchObject({ openapi: "3.1.0", info: { version } });
    });

    test("the page for people and all its files are there", async () => {
      const html = await (await get("/docs")).text();
      const files = [...html.matchAll(/"(\/docs\/[^"]+)"/g)].map(([, url]) => url ?? "");
      expect(files).toHaveLength(6);
      for (const url of files) {
        const answer = await get(url);
        expect(answer.status).toBe(200);
        expect((await answer.bytes()).length).toBeGreaterThan(100);
      }
    });
  });
}

describe("GET /ready", () => {
  const ask = (deps: Pick<HttpDeps, "ping" | "isStopping">) =>
    createHttp({
      ...deps,
      version,
      corsOrigins: [],
      logRequests: false,
      log: createLogger("silent"),
    } as unknown as HttpDeps).handle(new Request("http://localhost/ready"));

  test("answers 503 while the database does not answer", async () => {
    const answer = await ask({
      ping: () => Promise.reject(new Error("locked: /secret/path")),
      isStopping: () => false,
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(await answer.json()).toEqual({ error: "overloaded", message: "The database does not answer" });
  });

  test("answers 200 and says so while only a replica of the database answers: lists go on", async () => {
    const answer = await ask({ ping: async () => "read_only", isStopping: () => false });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: "read_only" });
  });

  test("answers 503 once the server is about to stop", async () => {
    const answer = await ask({ ping: async () => "ready", isStopping: () => true });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(await answer.json()).toEqual({ error: "overloaded", message: "The server is stopping" });
  });
});
