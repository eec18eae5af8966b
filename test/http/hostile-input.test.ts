import { describe, expect, test } from "bun:test";
import { createSite, type EventBody, listEvents, pageView, type Website } from "../contract/collection/fixture.ts";
import { HOSTILE, INTERNAL } from "../support/hostile-texts.ts";
import { rawRequest } from "../support/raw-request.ts";
import { onEveryTarget } from "../support/server.ts";

const PARAMETERS = [
  "trackingCode",
  "eventType",
  "limit",
  "offset",
  "cursor",
  "from",
  "to",
  "sessionId",
  "visitorId",
  "eventName",
  "url",
  "path",
  "order",
  "count",
  "includeTest",
];

const HEADERS = [
  "user-agent",
  "referer",
  "origin",
  "x-forwarded-for",
  "cookie",
  "accept",
  "content-type",
  "accept-encoding",
];

describe("hostile input", () => {
  onEveryTarget((server) => {
    async function expectHarmless(response: Response): Promise<string> {
      const text = await response.text();
      expect(response.status).toBeLessThan(500);
      expect(text).not.toMatch(INTERNAL);
      return text;
    }

    /** A query with each hostile text, put together by hand where it cannot be encoded. */
    const queries = (site: Website, name: string) =>
      HOSTILE.map((text) => {
        const code = name === "trackingCode" ? "" : `trackingCode=${site.trackingCode}&`;
        return `/api/v1/events?${code}${name}=${encodeURIComponent(text)}`;
      });

    test.each(PARAMETERS)("in the parameter %s is 200 or 4xx, and shows nothing of the inside", async (name) => {
      const site = await createSite(server());
      await server().request("/api/v1/events", { json: pageView(site) });
      await Promise.all(queries(site, name).map(async (path) => expectHarmless(await server().request(path))));
      expect((await listEvents(server(), site)).pagination.total).toBe(1);
    });

    test.each(["%zz", "%ff", "%ed%a0%80", "%c0%80", "%", "%%", "%u0041", "+", "%2B", "a%00b", "&&&=&", "=", "%3D=%26"])(
      "not decodable as it should be, in every parameter: %s",
      async (text) => {
        const site = await createSite(server());
        const ask = async (name: string, pair: string) => {
          const code = name === "trackingCode" ? "" : `trackingCode=${site.trackingCode}&`;
          await expectHarmless(await server().request(`/api/v1/events?${code}${pair}`));
        };
        await Promise.all(PARAMETERS.flatMap((name) => [ask(name, `${name}=${text}`), ask(name, `${text}=${name}`)]));
      },
    );

    test("in every parameter twice", async () => {
      const site = await createSite(server());
      for (const name of PARAMETERS) {
        const query = `trackingCode=${site.trackingCode}&${name}=a&${name}=b&${name}[]=c&${name}[x]=d`;
        await expectHarmless(await server().request(`/api/v1/events?${query}`));
      }
    });

    test("in the path is 404", async () => {
      const texts = [...HOSTILE.map(encodeURIComponent), "%zz", "%ff", "%00", "%2e%2e%2f", "x".repeat(10_000)];
      await Promise.all(
        texts.map(async (text) => {
          const body = await expectHarmless(await server().request(`/api/v1/events/${text}`));
          expect(JSON.parse(body)).toMatchObject({ error: "NOT_FOUND" });
          await expectHarmless(await server().request(`/${text}`));
          await expectHarmless(await server().request(`/docs/${text}`));
        }),
      );
    });

    test.each(HOSTILE)("in every text of an event is stored letter for letter: %j", async (text) => {
      const site = await createSite(server());
      const fields = {
        referrer: text,
        sessionId: text,
        visitorId: text,
        browser: text,
        os: text,
        location: text,
        eventName: text,
        eventId: text,
        properties: { [text]: text, list: [text, { [text]: [text] }] },
      };
      const response = await server().request("/api/v1/events", { json: pageView(site, fields), key: null });
      expect(response.status).toBe(201);
      const event = (await response.json()) as EventBody;
      for (const [name, value] of Object.entries(fields)) expect(event[name]).toEqual(value);
      for (const filter of [{}, { sessionId: text }, { visitorId: text }, { eventName: text }]) {
        expect((await listEvents(server(), site, filter)).events).toEqual([event]);
      }
    });

    test.each([
      "[1.10]",
      "[[9007199254740993]]",
      '{"toString":1}',
      '{"toString":1,"valueOf":2}',
      '{"a":{"toString":null,"n":1e400}}',
      '[{"toString":1.0}]',
      '{"__proto__":null}',
    ])("in the place of a text is refused, and the field named: %s", async (json) => {
      const message = ["Must be a string of 1 to 200 characters"];
      const site = await createSite(server());
      const event = JSON.stringify(pageView(site, { sessionId: 0 })).replace('"sessionId":0', `"sessionId":${json}`);
      const alone = await server().request("/api/v1/events", { body: event });
      expect(JSON.parse(await expectHarmless(alone))).toMatchObject({
        error: "VALIDATION_ERROR",
        details: { fieldErrors: { sessionId: message } },
      });
      const batch = await server().request("/api/v1/events/batch", { body: `{"events":[${event}]}` });
      expect(JSON.parse(await expectHarmless(batch))).toMatchObject({
        errors: [{ details: { fieldErrors: { sessionId: message } } }],
      });
      const website = await server().request(`/api/v1/websites/${site.id}`, {
        method: "PATCH",
        body: `{"name":${json}}`,
      });
      expect(JSON.parse(await expectHarmless(website))).toMatchObject({ error: "VALIDATION_ERROR" });
      const lead = await server().request("/api/v1/track/lead", { body: `{"customer_key":${json}}` });
      expect(JSON.parse(await expectHarmless(lead))).toEqual({
        error: "Invalid lead (customer_key: Must be a string of at most 200 characters)",
      });
    });

    test.each(HOSTILE)("in the name of a website is stored letter for letter: %j", async (text) => {
      const site = await createSite(server(), { name: text, description: text });
      expect(site).toMatchObject({ name: text.trim(), description: text.trim() });
      const { websites } = (await (await server().request("/api/v1/websites")).json()) as { websites: Website[] };
      expect(websites).toContainEqual(site);
    });

    test.each([
      ["permissions", (text: string) => ({ permissions: [text] }), 400],
      ["sites", (text: string) => ({ permissions: ["events:read"], sites: [text] }), 404],
      ["expiresAt", (text: string) => ({ permissions: ["events:read"], expiresAt: text }), 400],
    ] as const)("in %s of a key is refused", async (_, fields, status) => {
      for (const text of HOSTILE) {
        const response = await server().request("/api/v1/keys", { json: { name: "A", ...fields(text) } });
        await expectHarmless(response);
        expect(response.status).toBe(status);
      }
    });

    test("in the domain and the scope of a website is taken for a name, or refused", async () => {
      for (const text of HOSTILE) {
        const response = await server().request("/api/v1/websites", { json: { name: "A", domain: text, scope: text } });
        const body = JSON.parse(await expectHarmless(response));
        if (response.status === 201) expect(body.scope).toBe(text);
        else expect(body).toMatchObject({ error: "VALIDATION_ERROR" });
      }
    });

    test.each(HEADERS)("in the header %s changes nothing", async (name) => {
      const site = await createSite(server());
      const texts = HOSTILE.map((text) => text.replace(/[^\x20-\x7e]/g, "?").trim()).filter((text) => text !== "");
      await Promise.all(
        [...texts, "\u00ff\u00e9", "x".repeat(8_000)].map(async (text) => {
          const headers = { [name]: text };
          const response = await server().request("/api/v1/events", { json: pageView(site), key: null, headers });
          const body = await expectHarmless(response);
          expect({ text, status: response.status, body }).toMatchObject({ text, status: 201 });
        }),
      );
      expect((await listEvents(server(), site)).pagination.total).toBe(texts.length + 2);
    });

    test("too much of it is 4xx: queries, headers, parameters", async () => {
      const path = "/api/v1/events?trackingCode=x";
      await expectHarmless(await server().request(`${path}&a=${"x".repeat(12_000)}`));
      await expectHarmless(await server().request(path + "&a".repeat(5_000)));
      for (const [long, headers] of [
        [`${path}&a=${"x".repeat(100_000)}`, {}],
        [path, { "x-long": "x".repeat(100_000) }],
        [path, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x-${i}`, "x".repeat(100)]))],
      ] as const) {
        const response = await server().request(long, { headers });
        await expectHarmless(response);
        expect(response.status).toBe(431);
      }
    });

    const CLOSE = "Host: x\r\nConnection: close\r\n";
    test.each([
      ["no request at all", "\r\n\r\n"],
      ["no host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"],
      ["two lengths", `POST /api/v1/events HTTP/1.1\r\n${CLOSE}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
      ["a length below zero", `POST /api/v1/events HTTP/1.1\r\n${CLOSE}Content-Length: -1\r\n\r\n{}`],
      ["a length that is no number", `POST /api/v1/events HTTP/1.1\r\n${CLOSE}Content-Length: 0x2\r\n\r\n{}`],
      [
        "a length and chunks",
        `POST /api/v1/events HTTP/1.1\r\n${CLOSE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ],
      [
        "a chunk of no size",
        `POST /api/v1/events HTTP/1.1\r\n${CLOSE}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      ],
      ["a blank in a header's name", `GET /health HTTP/1.1\r\n${CLOSE}X Bad: 1\r\n\r\n`],
      ["a header without a colon", `GET /health HTTP/1.1\r\n${CLOSE}nonsense\r\n\r\n`],
      ["another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
      ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
      ["a method of bytes", `\xff\xfe /health HTTP/1.1\r\n${CLOSE}\r\n`],
    ])("%s is 400 or the end of the connection, and the server goes on", async (_, request) => {
      const answer = await rawRequest(server().url, request);
      expect([0, 400]).toContain(answer.status);
      expect(answer.text).not.toMatch(INTERNAL);
      expect((await server().request("/health")).status).toBe(200);
    });

    test("a NUL in raw bytes of the path and of a header is not taken for their end", async () => {
      const head = `GET /health\0 HTTP/1.1\r\n${CLOSE}\r\n`;
      expect((await rawRequest(server().url, head)).status).not.toBe(200);
      const smuggled = `GET /api/v1/websites HTTP/1.1\r\n${CLOSE}Authorization: Bearer ${server().adminKey}\0x\r\n\r\n`;
      expect((await rawRequest(server().url, smuggled)).status).not.toBe(200);
    });
  });
});
