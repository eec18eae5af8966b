import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SLOW_MS } from "../cli/footfall.ts";
import { useBrowser } from "../http/browser.ts";
import { GUIDE_HOST } from "../support/guide.ts";
import { type Block, fileIn, readBlocks } from "../support/guide-blocks.ts";
import { followGuide, type GuideSession, startGuideSession } from "../support/guide-session.ts";

const LOG = [
  '203.0.113.9 - - [17/May/2026:10:05:03 +0000] "GET /pricing HTTP/1.1" 200 5120 "-" "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"',
  '203.0.113.9 - - [17/May/2026:10:05:04 +0000] "GET /style.css HTTP/1.1" 200 5120 "-" "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"',
  '203.0.113.9 - - [17/May/2026:10:06:03 +0000] "GET /order HTTP/1.1" 200 5120 "-" "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"',
];

/** The page of the guide, on a server of its own: opened, and its button pressed. */
async function visit(block: Block, { server, variables }: GuideSession, browser: ReturnType<typeof useBrowser>) {
  const html = block.code.replaceAll(GUIDE_HOST, server.url).replace("pm-…", variables.TRACKING_CODE ?? "");
  using site = Bun.serve({ port: 0, fetch: () => new Response(html, { headers: { "content-type": "text/html" } }) });
  const context = await browser().newContext();
  const page = await context.newPage();
  const answered = () => page.waitForResponse((response) => response.url().endsWith("/api/v1/events"));
  const viewed = answered();
  await page.goto(site.url.href);
  expect((await viewed).status()).toBe(201);
  const clicked = answered();
  await page.click("button");
  expect((await clicked).status()).toBe(201);
  await context.close();
  return site.url.href;
}

describe("docs/send-events.md", () => {
  const browser = useBrowser();
  let session: GuideSession;
  beforeAll(async () => {
    session = await startGuideSession();
    await writeFile(join(session.place.path, "access.log"), `${LOG.join("\n")}\n`);
  }, SLOW_MS);
  afterAll(() => session[Symbol.asyncDispose]());

  test(
    "its commands, its page and its programs send what they say",
    async () => {
      let page = "";
      await followGuide("send-events.md", session, {
        more: {
          async html(block) {
            page = await visit(block, session, browser);
            return page;
          },
        },
      });
      const { TRACKING_CODE } = session.variables;
      const list = await session.server.request(`/api/v1/events?trackingCode=${TRACKING_CODE}&order=received`);
      const { events } = (await list.json()) as { events: Record<string, unknown>[] };
      const shown = events.map(({ eventType, eventName, url }) => [eventType, eventName, url]);
      expect(shown).toEqual([
        ["pageview", null, "https://shop.example/pricing"],
        ["pageview", null, page],
        ["click", "sign-up", page],
        ["conversion", "order", "https://shop.example/thanks"],
        ["conversion", "order", "https://shop.example/thanks"],
        ["custom", "newsletter", "https://shop.example/newsletter"],
        ["pageview", null, "https://shop.example/pricing"],
        ["pageview", null, "https://shop.example/order"],
        ["custom", "export", null],
      ]);
      const [, viewed, clicked] = events;
      expect(viewed).toMatchObject({ browser: "Chrome", os: "Linux", deviceType: "desktop" });
      expect(clicked).toMatchObject({ sessionId: viewed?.sessionId, visitorId: viewed?.visitorId });
    },
    SLOW_MS,
  );

  test.each([
    ["send.mjs", process.execPath],
    ["send.py", "python3"],
  ])(
    "its %s sends again what was refused or not answered, and nothing is stored twice",
    async (file, program) => {
      let requests = 0;
      await using proxy = Bun.serve({
        port: 0,
        async fetch(request) {
          requests += 1;
          if (requests === 1) return new Response("{}", { status: 503, headers: { "Retry-After": "0" } });
          const answer = await fetch(`${session.server.url}${new URL(request.url).pathname}`, {
            method: "POST",
            headers: { authorization: request.headers.get("authorization") ?? "" },
            body: await request.text(),
          });
          // It is stored, and the sender does not hear of it.
          if (requests === 2) return new Response("{}", { status: 502, headers: { "Retry-After": "0" } });
          return answer;
        },
      });
      const code = fileIn(await readBlocks("send-events.md"), file)
        .replaceAll(GUIDE_HOST, proxy.url.origin)
        .replaceAll("order-100", "again-100");
      const before = await count(session);
      await session.run([program], file, code);
      expect(requests).toBe(3);
      expect(await count(session)).toBe(before + (file === "send.py" ? 1 : 2));
    },
    SLOW_MS,
  );

  test(
    "its send.mjs tells what is wrong with an event, and stops at what no retry can mend",
    async () => {
      const code = fileIn(await readBlocks("send-events.md"), "send.mjs");
      const wrong = code.replace('url: "https://shop.example/thanks"', 'url: "thanks"');
      await expect(session.run([process.execPath], "send.mjs", wrong)).rejects.toThrow(/0: .*\n.*1: /s);
      const keyless = code.replace(`Bearer \${SERVER_KEY}`, "Bearer wrong");
      await expect(session.run([process.execPath], "send.mjs", keyless)).rejects.toThrow("UNAUTHORIZED");
    },
    SLOW_MS,
  );
});

async function count({ server, variables }: GuideSession): Promise<number> {
  const list = await server.request(`/api/v1/events?trackingCode=${variables.TRACKING_CODE}&limit=1`);
  return ((await list.json()) as { pagination: { total: number } }).pagination.total;
}
