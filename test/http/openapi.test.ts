import { describe, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { type Access, ROUTES, type Route } from "../../src/http/routes.ts";
import { get, getDocument, http, VERSION } from "./api-document.ts";

const document = await getDocument();

/** Routes that serve the page for people: no operations of the API. */
const HIDDEN = ["GET /client.js", "GET /docs", "GET /docs/:file"];

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    operation,
  })),
);

/** Every object in a value, at any depth, with the way to it. */
function* objectsIn(value: unknown, path = "#"): Generator<readonly [string, Record<string, unknown>]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [key, child] of Object.entries(value)) yield* objectsIn(child, `${path}/${key.replaceAll("/", "~1")}`);
}

const references = [...objectsIn(document)].flatMap(([, object]) =>
  typeof object.$ref === "string" ? [object.$ref] : [],
);

function routeOf(name: string): Route {
  const route = (ROUTES as Record<string, Route>)[name];
  if (!route) throw new Error(`${name} is not in the route table`);
  return route;
}

describe("the document as a whole", () => {
  test("is valid OpenAPI 3.1", async () => {
    expect(await new Validator().validate(structuredClone({ ...document }))).toEqual({ valid: true });
    expect(document.openapi).toBe("3.1.0");
  });

  test("names the software, the release and the licence", () => {
    expect(document.info).toMatchObject({ title: "Footfall", version: VERSION, license: { identifier: "MIT" } });
    expect(document.servers).toEqual([{ url: "/" }]);
  });

  test("refers only to schemas that it has, and has none that nothing refers to", () => {
    const names = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...new Set(references)].sort()).toEqual(names.sort());
  });

  test("has no keyword that only Footfall knows", () => {
    const own = ["$id", "openapi", "invalidMessage"];
    const found = [...objectsIn({ ...document, openapi: "" })].flatMap(([path, object]) =>
      path === "#" || path.endsWith("/properties")
        ? []
        : own.filter((key) => key in object).map((key) => `${path}/${key}`),
    );
    expect(found).toEqual([]);
  });

  test("has only types and keywords of JSON Schema 2020-12", () => {
    const types = ["array", "boolean", "integer", "null", "number", "object", "string"];
    const unknown = [...objectsIn(document.paths), ...objectsIn(document.components.schemas)].flatMap(
      ([path, object]) => {
        if (path.endsWith("/properties")) return [];
        const isTuple = Array.isArray(object.items);
        const isUnknownType = "type" in object && ![object.type].flat().every((type) => types.includes(String(type)));
        return isTuple || isUnknownType || "nullable" in object ? [path] : [];
      },
    );
    expect(unknown).toEqual([]);
  });
});

describe("the operations", () => {
  test("are the server's routes, which are the route table", () => {
    const routes = http.routes.map(({ method, path }) => `${method} ${path}`).sort();
    expect(routes).toEqual(Object.keys(ROUTES).sort());
    expect([...operations.map(({ name }) => name), ...HIDDEN].sort()).toEqual(routes);
  });

  test("have different ids", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids).toEqual([...new Set(ids)]);
  });

  const SECURITY: Record<Access["kind"], Readonly<Record<string, readonly string[]>>[]> = {
    public: [],
    ingestion: [{ bearer: [] }, {}],
    "site-read": [{ bearer: [] }, {}],
    key: [{ bearer: [] }],
    admin: [{ bearer: [] }],
  };

  for (const { name, operation } of operations) {
    describe(name, () => {
      const { access, dialect } = routeOf(name);

      test("asks for a key as the route table does, and says how it refuses", () => {
        expect(operation.security).toEqual(SECURITY[access.kind]);
        if (access.kind === "public") return;
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["401", "403"]));
        expect(operation.description).toContain(access.kind === "admin" ? "an admin key" : `\`${access.permission}\``);
      });

      test("is described", () => {
        expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
        expect(operation.summary).not.toBeEmpty();
        expect(operation.description).not.toBeEmpty();
        expect(operation.tags).toEqual([dialect]);
        expect(document.tags.map((tag) => tag.name)).toContain(dialect);
      });

      test("says what each answer means, and names the schemas of errors", () => {
        for (const [status, response] of Object.entries(operation.responses)) {
          expect(response.description).not.toBeEmpty();
          if (Number(status) < 400) continue;
          expect(response.content?.["application/json"]?.schema).toHaveProperty("$ref");
        }
      });

      test("takes JSON", () => {
        expect(Object.keys(operation.requestBody?.content ?? { "application/json": {} })).toEqual(["application/json"]);
      });
    });
  }
});

describe("GET /openapi.json", () => {
  test("is JSON that must be asked for again, with a strong tag", async () => {
    const { headers } = await get("/openapi.json");
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("cache-control")).toBe("no-cache");
    expect(headers.get("etag")).toMatch(/^"[\w-]+"$/);
  });

  test("answers 304 to whoever has it", async () => {
    const etag = (await get("/openapi.json")).headers.get("etag") ?? "";
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await get("/openapi.json", { "if-none-match": header });
      expect(answer.status).toBe(304);
      expect(answer.headers.get("etag")).toBe(etag);
      expect(await answer.text()).toBe("");
    }
    expect((await get("/openapi.json", { "if-none-match": '"other"' })).status).toBe(200);
  });

  test.each([
    ["br", "br"],
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["deflate", null],
    ["br;q=0.000", null],
  ])("Accept-Encoding: %s is answered with %p", async (accepted, encoding) => {
    const answer = await get("/openapi.json", { "accept-encoding": accepted });
    expect(answer.headers.get("content-encoding")).toBe(encoding);
    expect(answer.headers.get("vary")).toBe("Accept-Encoding");
    const plain = (await get("/openapi.json")).headers.get("etag");
    expect(answer.headers.get("etag") === plain).toBe(encoding === null);
  });

  test.each(["/openapi.raw.json", "/swagger", "/swagger/json"])(
    "%s, the plugin's own, does not exist",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );
});
