import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ROUTES, type RouteName } from "../../src/http/routes.ts";
import { type AccessFixture, createAccessFixture } from "../http/access-fixture.ts";
import { getDocument } from "../http/api-document.ts";
import { routeSamples } from "../http/route-samples.ts";
import { HOSTILE, INTERNAL } from "../support/hostile-texts.ts";
import { TARGETS } from "../support/server.ts";

const NAMES = Object.keys(ROUTES) as RouteName[];

/** What SQL injection would show itself by, beside what {@link HOSTILE} has: more rows, an error, a wait. */
const SQL = [
  "1' AND 1=CAST((SELECT secret_hash FROM api_keys LIMIT 1) AS INT)--",
  "x' UNION SELECT 1,2,3,4,5,6,7,8,9--",
  "') OR 1=1--",
  '" OR ""="',
  "1)) OR ((1=1",
  "x'; UPDATE api_keys SET admin=1;--",
  "x' AND (SELECT 1 FROM (SELECT count(*),randomblob(900000000))a)--",
  "\\'; PRAGMA writable_schema=1;--",
  "id) VALUES (1),(2);--",
  "x%' OR path LIKE '%",
  "json('[1]')",
  "$.a') --",
];

const TEXTS = [...new Set([...HOSTILE, ...SQL])];

/** The names of a route's parameters in its path and its query, from the API's own description. */
const document = await getDocument();

interface Described {
  readonly name: string;
  readonly in: string;
}

function parametersOf(name: RouteName, where: "path" | "query"): readonly string[] {
  const [method = "", path = ""] = name.split(" ");
  const paths = document.paths as Record<string, Record<string, { parameters?: readonly Described[] }>>;
  const operation = paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
  return (operation?.parameters ?? []).filter((one) => one.in === where).map((one) => one.name);
}

/** Everything of the database that no request of these may change. */
function guarded(database: string): unknown {
  using db = new Database(database, { readonly: true });
  return {
    integrity: db.query("PRAGMA integrity_check").all(),
    schema: db.query("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all(),
    admins: db.query("SELECT id, secret_hash, admin FROM api_keys WHERE admin = 1").all(),
  };
}

/** Of a stream, which has no end, nothing. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response.text();
  await response.body?.cancel();
  return "";
}

for (const target of TARGETS) {
  describe(`${target.name}: SQL, line ends, paths and markup`, () => {
    let fixture: AccessFixture;
    let before: unknown;
    beforeAll(async () => {
      fixture = await createAccessFixture(target);
      before = guarded(fixture.server.database);
    });
    afterAll(() => fixture[Symbol.asyncDispose]());

    async function expectHarmless(path: string, init: { method: string; json?: unknown }): Promise<void> {
      const response = await fixture.request(path, { ...init, key: fixture.server.adminKey });
      const text = await textOf(response);
      expect(response.status).toBeLessThan(500);
      // An answer may well hold what was sent; a sentence of the database's or the runtime's it may not.
      if (response.status >= 400) expect(withoutSent(text)).not.toMatch(INTERNAL);
      expect(response.headers.get("set-cookie")).toBeNull();
      expect(text).not.toContain("root:");
    }

    /** Of what is quoted, nothing counts. */
    const withoutSent = (text: string) =>
      TEXTS.reduce((rest, sent) => rest.replaceAll(JSON.stringify(sent).slice(1, -1), ""), text);

    test.each(NAMES)(
      "in every parameter of %s are text, and show nothing of the inside",
      async (name) => {
        const method = name.split(" ")[0] ?? "";
        const sample = routeSamples(fixture)[name];
        const json = sample.json as Record<string, unknown> | undefined;
        const pattern = name.split(" ")[1] ?? "";
        const queries = [
          ...new Set([...parametersOf(name, "query"), ...new URL(sample.path, "http://x").searchParams.keys()]),
        ];
        for (const text of TEXTS) {
          const word = encodeURIComponent(text);
          for (const parameter of parametersOf(name, "path")) {
            const path = pattern.replace(`:${parameter}`, word).replaceAll(/:\w+/g, "1");
            await expectHarmless(path, { method, ...(json ? { json } : {}) });
          }
          for (const parameter of queries) {
            const url = new URL(sample.path, "http://x");
            url.searchParams.set(parameter, text);
            await expectHarmless(url.pathname + url.search, { method, ...(json ? { json } : {}) });
          }
          for (const field of Object.keys(json ?? {})) {
            for (const value of [text, [text], { [text]: text }]) {
              await expectHarmless(sample.path, { method, json: { ...json, [field]: value } });
            }
          }
        }
      },
      60_000,
    );

    test("have changed no table, no key and no event of others", async () => {
      expect(guarded(fixture.server.database)).toEqual(before as object);
      const response = await fixture.request(`/api/v1/events/${fixture.eventId}`, { key: fixture.server.adminKey });
      expect(await response.json()).toMatchObject({ url: "https://secretive.example/hidden-page" });
    });
  });
}
