import { describe, expect, test } from "bun:test";
import { createSite, listEvents, pageView } from "../contract/collection/fixture.ts";
import { rawExchange } from "../support/raw-exchange.ts";
import { onEveryTarget } from "../support/server.ts";

/** After this time without a byte the server is taken to wait for more of the request. */
const SILENT_MS = 400;

interface RawCase {
  readonly name: string;
  /** Between the request line and the blank line. */
  readonly head: string;
  /** @param event a whole event as JSON. @param smuggled a whole request that posts another one. */
  body(event: string, smuggled: string): string;
  /** How many events are stored: one only where the request is plain. */
  readonly stored: number;
}

const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;

/** Requests about whose end two servers could disagree: what one takes for a body the other takes for a request. */
const CASES: readonly RawCase[] = [
  { name: "a length", head: "Content-Length: @\r\n", body: (event) => event, stored: 1 },
  { name: "chunks", head: "Transfer-Encoding: chunked\r\n", body: (event) => chunked(event), stored: 1 },
  {
    name: "a length and chunks, the length first",
    head: "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    body: (event, smuggled) => chunked(event) + smuggled,
    stored: 0,
  },
  {
    name: "a length and chunks, chunks first",
    head: "Transfer-Encoding: chunked\r\nContent-Length: @\r\n",
    body: (event, smuggled) => `0\r\n\r\n${smuggled}${event.slice(0, 0)}`,
    stored: 0,
  },
  {
    name: "two lengths that differ",
    head: "Content-Length: 2\r\nContent-Length: @\r\n",
    body: (_, smuggled) => `{}${smuggled}`,
    stored: 0,
  },
  { name: "a length with a sign", head: "Content-Length: +2\r\n", body: (_, smuggled) => `{}${smuggled}`, stored: 0 },
  { name: "a list of lengths", head: "Content-Length: 2, 2\r\n", body: (_, smuggled) => `{}${smuggled}`, stored: 0 },
  {
    name: "a length in hexadecimal",
    head: "Content-Length: 0x2\r\n",
    body: (_, smuggled) => `{}${smuggled}`,
    stored: 0,
  },
  {
    name: "a length with a blank before its colon",
    head: "Content-Length : 2\r\n",
    body: (_, smuggled) => `{}${smuggled}`,
    stored: 0,
  },
  {
    name: "an encoding that is not chunked",
    head: "Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n",
    body: (_, smuggled) => `{}${smuggled}`,
    stored: 0,
  },
  {
    name: "an encoding twice",
    head: "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    body: (event, smuggled) => chunked(event) + smuggled,
    stored: 0,
  },
  {
    name: "an encoding on a folded line",
    head: "Transfer-Encoding:\r\n chunked\r\nContent-Length: 2\r\n",
    body: (_, smuggled) => `{}${smuggled}`,
    stored: 0,
  },
  {
    name: "a chunk's size that is no number",
    head: "Transfer-Encoding: chunked\r\n",
    body: (event, smuggled) => `zz\r\n${event}\r\n0\r\n\r\n${smuggled}`,
    stored: 0,
  },
  {
    name: "a chunk's size that has no end",
    head: "Transfer-Encoding: chunked\r\n",
    body: (event, smuggled) => `${"f".repeat(100)}\r\n${event}\r\n0\r\n\r\n${smuggled}`,
    stored: 0,
  },
  {
    name: "a chunk longer than its size",
    head: "Transfer-Encoding: chunked\r\n",
    body: (event, smuggled) => `2\r\n${event}\r\n0\r\n\r\n${smuggled}`,
    stored: 0,
  },
  {
    name: "a line end without a carriage return",
    head: "X-A: b\nContent-Length: 2\r\n",
    body: (_, smuggled) => `{}${smuggled}`,
    stored: 0,
  },
  {
    name: "a head of 1 MB",
    head: `X-A: ${"a".repeat(1_000_000)}\r\nContent-Length: @\r\n`,
    body: (event) => event,
    stored: 0,
  },
  {
    name: "10,000 lines of a head",
    head: `${"X-A: b\r\n".repeat(10_000)}Content-Length: @\r\n`,
    body: (event) => event,
    stored: 0,
  },
];

describe("a request with", () => {
  onEveryTarget((server) => {
    test.each(CASES)("$name is answered once, and nothing hides in it", async ({ head, body, stored }) => {
      const site = await createSite(server());
      const event = JSON.stringify(pageView(site));
      const hidden = JSON.stringify({ ...pageView(site), url: "https://example.com/smuggled" });
      const line = "POST /api/v1/events HTTP/1.1\r\nHost: x\r\n";
      const smuggled = `${line}Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
      const content = body(event, smuggled);
      const request = `${line}${head.replace("@", String(content.length))}\r\n${content}`;
      const text = await rawExchange(server().url, Buffer.from(request, "latin1"), SILENT_MS);
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
      expect(statuses.length).toBeLessThanOrEqual(1);
      for (const status of statuses) expect(status === 505 || status < 500).toBe(true);
      const { events } = await listEvents(server(), site);
      expect(events.map(({ url }) => url)).not.toContain("https://example.com/smuggled");
      expect(events).toHaveLength(stored);
    });

    test("control: another one behind its end is answered, and what it posts is found", async () => {
      const site = await createSite(server());
      const event = JSON.stringify(pageView(site));
      const first = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
      const second = `POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: ${event.length}\r\n\r\n${event}`;
      const text = await rawExchange(server().url, Buffer.from(first + second), SILENT_MS);
      expect(text.match(/HTTP\/1\.1 20\d/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 201"]);
      expect((await listEvents(server(), site)).events).toHaveLength(1);
    });
  });
});
