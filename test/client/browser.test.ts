import { describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { createSite, listEvents, type Website } from "../contract/collection/fixture.ts";
import { useBrowser } from "../http/browser.ts";
import { eventually } from "../support/clock.ts";
import { startApp, useServer } from "../support/server.ts";
import { type Gateway, type Mishap, startGateway } from "./gateway.ts";

const WITHIN_MS = 10_000;
const TIMEOUT_MS = 60_000;

const server = useServer(() => startApp());
const browser = useBrowser();

/** A website on an origin of its own, whose pages have one client, `footfall`. */
interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly origin: string;
  readonly site: Website;
  readonly gateway: Gateway;
  /** Whatever went wrong in the page. */
  readonly problems: readonly string[];
  open(path: string): Promise<void>;
  stored(): ReturnType<typeof storedAt>;
}

const storedAt = async (site: Website) => (await listEvents(server(), site, { limit: 1_000, order: "asc" })).events;

/** What the guide says: nothing inline, and this server for its script and for what is sent. */
const policyFor = (footfall: string) => `default-src 'self'; script-src 'self' ${footfall}; connect-src ${footfall}`;

async function visit(mishaps: readonly Mishap[] = [], from: Browser = browser()): Promise<Visit> {
  const site = await createSite(server());
  const gateway = startGateway(server().url, mishaps);
  const script = `
    import { createClient } from "${gateway.url}/client.js";
    window.footfall = createClient({ url: "${gateway.url}", trackingCode: "${site.trackingCode}" });`;
  const website = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const isScript = new URL(request.url).pathname === "/site.js";
      const html = '<!doctype html><title>A page</title><script type="module" src="/site.js"></script>';
      return new Response(isScript ? script : html, {
        headers: {
          "content-type": isScript ? "text/javascript" : "text/html",
          "content-security-policy": policyFor(gateway.url),
        },
      });
    },
  });
  const context = await from.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    // Pages of this website have no icon.
    if (message.type() === "error" && !message.location().url.endsWith("favicon.ico")) problems.push(message.text());
  });
  return {
    page,
    origin: website.url.origin,
    site,
    gateway,
    problems,
    // Modules are loaded when the page is.
    open: async (path) => void (await page.goto(website.url.origin + path)),
    stored: () => storedAt(site),
    async [Symbol.asyncDispose]() {
      await context.close();
      await website.stop(true);
      await gateway[Symbol.asyncDispose]();
    },
  };
}

const hide = (page: Page) =>
  page.evaluate(`
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));`);

describe("a page of another origin", () => {
  test(
    "sends what happened on it when it is left, without asking the server first, and under a strict policy",
    async () => {
      await using it = await visit();
      await it.open("/first?a=1#part");
      await it.page.evaluate('footfall.track("pageview"); footfall.track("click", { properties: { n: 1 } })');
      expect(it.gateway.batches).toEqual([]);
      await it.open("/second");
      const events = await eventually("both are stored", WITHIN_MS, async () => {
        const stored = await it.stored();
        return stored.length === 2 && stored;
      });
      const [first, second] = events;
      expect(first).toMatchObject({ eventType: "pageview", url: `${it.origin}/first?a=1#part`, referrer: null });
      expect(second).toMatchObject({ eventType: "click", properties: { n: 1 } });
      expect(first?.browser).toBe("Chrome");
      expect(first?.deviceType).toBe("desktop");
      expect(it.gateway.batches).toHaveLength(1);
      expect(it.gateway.methods).not.toContain("OPTIONS");
      expect(it.problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "says where its visitor came from; a tab is one session, another tab another one",
    async () => {
      await using it = await visit();
      await it.open("/first");
      await it.page.evaluate('footfall.track("pageview"); location.href = "/second"');
      await it.page.waitForURL("**/second");
      await it.page.evaluate('footfall.track("pageview"); footfall.flush()');
      const tab = await it.page.context().newPage();
      await tab.goto(`${it.origin}/third`);
      await tab.evaluate('footfall.track("pageview"); footfall.flush()');
      const stored = await eventually("all are stored", WITHIN_MS, async () => {
        const events = await it.stored();
        return events.length === 3 && events;
      });
      const [first, second, third] = stored.toSorted((a, b) => a.timestamp - b.timestamp);
      expect(second).toMatchObject({ url: `${it.origin}/second`, referrer: `${it.origin}/first` });
      expect(second?.sessionId).toBe(first?.sessionId);
      expect(third?.sessionId).not.toBe(first?.sessionId);
      expect(await it.page.context().cookies()).toEqual([]);
      expect(await it.page.evaluate("localStorage.length")).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "sends also when it is only hidden: on a phone there may be no other sign",
    async () => {
      await using it = await visit();
      await it.open("/");
      await it.page.evaluate('footfall.track("click")');
      await hide(it.page);
      await eventually("it is stored", WITHIN_MS, async () => (await it.stored()).length === 1);
    },
    TIMEOUT_MS,
  );

  test(
    "sends without beacons, too",
    async () => {
      await using it = await visit();
      await it.page.addInitScript("delete Navigator.prototype.sendBeacon");
      await it.open("/first");
      await it.page.evaluate('footfall.track("click")');
      await it.open("/second");
      await eventually("it is stored", WITHIN_MS, async () => (await it.stored()).length === 1);
      expect(it.problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "sends once more what is on its way when it is left, and it is stored once",
    async () => {
      await using it = await visit([{ kind: "hold the answer" }]);
      await it.open("/first");
      await it.page.evaluate('footfall.track("click"); void footfall.flush()');
      await eventually("it is on its way", WITHIN_MS, async () => (await it.stored()).length === 1);
      await it.open("/second");
      await eventually("it has come again", WITHIN_MS, () => it.gateway.batches.length === 2);
      expect(it.gateway.batches[1]?.events).toEqual(it.gateway.batches[0]?.events as never);
      expect(await it.stored()).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  test(
    "goes on after it was hidden while something was on its way, whatever becomes of that",
    async () => {
      await using it = await visit([{ kind: "hold the answer" }]);
      await it.open("/");
      await it.page.evaluate('footfall.track("click"); void footfall.flush()');
      await eventually("it is on its way", WITHIN_MS, async () => (await it.stored()).length === 1);
      await hide(it.page);
      await eventually("it has come again", WITHIN_MS, () => it.gateway.batches.length === 2);
      it.gateway.letGo();
      await it.page.evaluate('for (let n = 0; n < 10; n++) footfall.track("click")');
      await eventually("what comes later is stored", WITHIN_MS, async () => (await it.stored()).length === 11);
    },
    TIMEOUT_MS,
  );

  test(
    "has more than a beacon carries: what is left over waits for its turn, if the page stays",
    async () => {
      await using it = await visit();
      await it.open("/");
      // 9 events of 15 KB: fewer than are sent at once.
      await it.page.evaluate(`
        for (let n = 0; n < 9; n++) footfall.track("click", { properties: { n, filler: "x".repeat(15000) } });`);
      await hide(it.page);
      await eventually("what fits is stored", WITHIN_MS, async () => (await it.stored()).length >= 3);
      await it.page.evaluate("footfall.flush()");
      await eventually("all are stored", WITHIN_MS, async () => (await it.stored()).length === 9);
      for (const { bytes } of it.gateway.batches) expect(bytes).toBeLessThan(64 * 1024);
      expect(it.problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "waits as long as the server asks",
    async () => {
      await using it = await visit([{ kind: "answer", status: 503, headers: { "retry-after": "2" } }]);
      await it.open("/");
      const waited = await it.page.evaluate(`(async () => {
        const begun = performance.now();
        footfall.track("click");
        await footfall.flush();
        return performance.now() - begun;
      })()`);
      expect(waited).toBeGreaterThan(1_900);
      expect(await it.stored()).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});
