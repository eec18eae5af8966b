import { describe, expect, test } from "bun:test";
import { ROUTES } from "../../src/http/routes.ts";
import { onEveryTarget } from "../support/server.ts";

const GETS = Object.keys(ROUTES).flatMap((name) => (name.startsWith("GET ") ? [name.slice(4)] : []));

/** What may answer a page. */
const HTML_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

const MARKUP = "<script>alert(1)</script>";

describe("a browser", () => {
  onEveryTarget((server) => {
    async function htmlHeaders(path: string, init: RequestInit = {}): Promise<object | null> {
      const response = await server().request(path, { ...init, headers: { accept: "text/html", ...init.headers } });
      const body = await response.text();
      if (!response.headers.get("content-type")?.includes("html")) {
        // What is no page must not be taken for one, whatever was put into it.
        expect(response.headers.get("content-type") ?? "").toMatch(
          /^$|^application\/json|^text\/plain|^text\/css|javascript/,
        );
        return null;
      }
      expect(body).not.toContain(MARKUP);
      const names = Object.keys(HTML_HEADERS);
      return Object.fromEntries(names.map((name) => [name, response.headers.get(name)]));
    }

    test("gets no page without the headers that keep it from running and loading what is not ours", async () => {
      const pages: string[] = [];
      for (const route of GETS) {
        const path = route.replaceAll(/:\w+/g, "1");
        for (const one of [path, `${path}/`, `${path}?a=${encodeURIComponent(MARKUP)}`, `${path}/${MARKUP}`]) {
          for (const method of ["GET", "HEAD", "POST"]) {
            const found = await htmlHeaders(one, { method, ...(method === "POST" ? { body: MARKUP } : {}) });
            if (found === null) continue;
            expect(found).toEqual(HTML_HEADERS);
            pages.push(`${method} ${one}`);
          }
        }
      }
      expect(pages).toContain("GET /docs");
      expect(pages).toContain("HEAD /docs");
    });

    test("gets no page for a path that there is not", async () => {
      for (const path of ["/", `/${MARKUP}`, `/api/v1/${MARKUP}`, "/index.html", "/docs/index.html"]) {
        expect(await htmlHeaders(path)).toBeNull();
      }
    });
  });
});
