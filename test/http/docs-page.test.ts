import { describe, expect, test } from "bun:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { startApp, useServer } from "../support/server.ts";
import { openPage, useBrowser } from "./browser.ts";

const server = useServer(() => startApp());

/** Without a key, and as the bytes that were sent. */
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(server().url + path, { headers: { "accept-encoding": "identity", ...headers }, decompress: false });

/** The URLs that the page names. */
async function linksOf(path: string): Promise<string[]> {
  const html = await (await get(path)).text();
  return [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, url]) => url ?? "");
}

const filesOf = async (): Promise<string[]> => (await linksOf("/docs")).filter((url) => url.startsWith("/docs/"));

describe("GET /docs", () => {
  test("runs nothing inline and nothing from elsewhere", async () => {
    const answer = await get("/docs");
    const policy = Object.fromEntries(
      (answer.headers.get("content-security-policy") ?? "").split("; ").map((rule) => {
        const [name, ...sources] = rule.split(" ");
        return [name, sources.join(" ")];
      }),
    );
    expect(policy).toEqual({
      "default-src": "'none'",
      "script-src": "'self'",
      "style-src": "'self'",
      "img-src": "'self' data:",
      "connect-src": "'self'",
      "base-uri": "'none'",
      "form-action": "'self'",
      "frame-ancestors": "'none'",
    });
    const html = await answer.text();
    expect(html).not.toMatch(/<style|style=|<script(?! src=)|\son\w+=/);
    for (const url of await linksOf("/docs")) expect(url).toMatch(/^\/(?:docs\/|openapi\.json$)/);
  });

  test("is HTML that is neither guessed at nor told to others", async () => {
    const { headers } = await get("/docs");
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("is asked for again each time, and answered 304", async () => {
    const { headers } = await get("/docs");
    expect(headers.get("cache-control")).toBe("no-cache");
    const again = await get("/docs", { "if-none-match": headers.get("etag") ?? "" });
    expect(again.status).toBe(304);
  });
});

describe("GET /docs/:file", () => {
  test("every file is kept for ever under a name that its content decides", async () => {
    const files = await filesOf();
    expect(files).toHaveLength(6);
    for (const url of files) {
      expect(url).toMatch(/^\/docs\/[a-z-]+\.[\w-]{16}\.(?:js|css|svg|txt)$/);
      const { status, headers } = await get(url);
      expect(status).toBe(200);
      expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      const again = await get(url, { "if-none-match": headers.get("etag") ?? "" });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe("");
    }
  });

  test("is the same in each encoding, under another tag", async () => {
    for (const url of await filesOf()) {
      const plain = await get(url);
      const bytes = await plain.bytes();
      if (bytes.length < 1024) {
        expect((await get(url, { "accept-encoding": "br, gzip" })).headers.get("content-encoding")).toBeNull();
        continue;
      }
      const brotli = await get(url, { "accept-encoding": "gzip, br" });
      const gzip = await get(url, { "accept-encoding": "gzip" });
      expect(brotli.headers.get("content-encoding")).toBe("br");
      expect(gzip.headers.get("content-encoding")).toBe("gzip");
      expect(brotliDecompressSync(await brotli.bytes()).equals(bytes)).toBe(true);
      expect(gunzipSync(await gzip.bytes()).equals(bytes)).toBe(true);
      const tags = [plain, brotli, gzip].map(({ headers }) => headers.get("etag"));
      expect(new Set(tags).size).toBe(3);
    }
  });

  test.each(["swagger-ui.js", "..%2f..%2fpackage.json", "%2e%2e", "..%5c..", "%00", "__proto__", "constructor", "%ff"])(
    "%s is no file",
    async (name) => {
      const answer = await get(`/docs/${name}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ error: "not_found" });
    },
  );

  test("comes with the licences of what it is made of", async () => {
    const url = (await filesOf()).find((file) => file.endsWith(".txt")) ?? "";
    const text = await (await get(url)).text();
    expect(text).toContain("SmartBear");
    expect(text).toContain("Apache License");
    expect(text).toContain("React");
  });
});

describe("in a browser", () => {
  const browser = useBrowser();

  test("lists every operation and calls one, with no error and no request to another server", async () => {
    const { url, request } = server();
    const { paths } = (await (await request("/openapi.json")).json()) as { paths: Record<string, object> };
    await using visit = await openPage(browser(), url);
    const { page, problems } = visit;

    await page.goto(`${url}/docs`);
    await page.waitForSelector("#operations-operations-health");
    const listed = await page.locator(".opblock-summary-path").evaluateAll((all) => all.map((one) => one.textContent));
    const expected = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map(() => path));
    expect(listed.map((path) => path?.replaceAll("\u200b", "")).sort()).toEqual(expected.sort());

    const health = page.locator("#operations-operations-health");
    await health.locator(".opblock-summary-control").click();
    await health.getByRole("button", { name: "Try it out" }).click();
    await health.getByRole("button", { name: "Execute" }).click();
    const answer = health.locator(".live-responses-table .response");
    await answer.waitFor();
    expect(await answer.locator(".response-col_status").first().textContent()).toStartWith("200");
    expect(await answer.locator(".response-col_description").first().textContent()).toContain('"ok"');
    expect(problems).toEqual([]);
  }, 60_000);
});
