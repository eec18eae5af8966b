import { expect } from "bun:test";
import type { TestServer } from "../../support/server.ts";
import { createEvent, createSite, expectStatus, pageView, type Query, type Website } from "../collection/fixture.ts";

export { createKey, createSite, expectStatus, type Website } from "../collection/fixture.ts";

export const GPTBOT =
  "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)";
export const BROWSER =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

/** An event as the API answers it. */
export interface SiteEvent {
  readonly id: number;
  readonly type: "bot" | "referral" | "conversion";
  readonly page_path: string | null;
  readonly country: string | null;
  readonly created_at: string;
  readonly [field: string]: unknown;
}

export interface SiteEventPage {
  readonly events: readonly SiteEvent[];
  readonly next_cursor: string | null;
}

export function list(server: TestServer, siteId: string, query: Query = {}, key?: string | null): Promise<Response> {
  const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return server.request(`/api/v1/sites/${siteId}/events?${parameters}`, key === undefined ? {} : { key });
}

/** A page of a site's events. */
export async function listEvents(server: TestServer, siteId: string, query: Query = {}): Promise<SiteEventPage> {
  return (await expectStatus(await list(server, siteId, query), 200)) as SiteEventPage;
}

/** All events, page by page. */
export async function walk(server: TestServer, siteId: string, query: Query = {}): Promise<SiteEvent[]> {
  const events: SiteEvent[] = [];
  let cursor: string | null = null;
  do {
    const page: SiteEventPage = await listEvents(server, siteId, cursor === null ? query : { ...query, cursor });
    events.push(...page.events);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return events;
}

/** Posts as scripts and workers do: without an API key. */
export function track(server: TestServer, body: unknown, init: RequestInit = {}): Promise<Response> {
  return server.request("/api/t", { json: body, key: null, ...init });
}

export async function trackAll(server: TestServer, bodies: readonly unknown[]): Promise<number[]> {
  const ids: number[] = [];
  for (const body of bodies) ids.push(((await expectStatus(await track(server, body), 201)) as { id: number }).id);
  return ids;
}

/** The whole body of an error, in the dialect's shape. */
export async function expectError(response: Response, status: number, code: string, error?: string): Promise<void> {
  const body = await response.json();
  expect({ status: response.status, body }).toEqual({
    status,
    body: { error: error ?? expect.any(String), code },
  });
  expect(response.headers.get("content-type")).toBe("application/json");
}

/** A website with one event of each kind, and one that is none of them. */
export async function createSample(server: TestServer): Promise<Website> {
  const site = await createSite(server);
  const at = Date.now() - 60_000;
  await createEvent(
    server,
    pageView(site, { userAgent: GPTBOT, url: "https://example.com/guides/remote-work", timestamp: at, location: "US" }),
  );
  await createEvent(
    server,
    pageView(site, {
      userAgent: BROWSER,
      url: "https://example.com/blog/best-tools",
      timestamp: at - 1,
      location: "GB",
      referrer: "https://chatgpt.com/",
    }),
  );
  await createEvent(
    server,
    pageView(site, {
      userAgent: BROWSER,
      url: "https://example.com/checkout/success",
      timestamp: at - 2,
      location: "US",
      eventType: "conversion",
      eventName: "purchase",
      value: 99.99,
    }),
  );
  await createEvent(server, pageView(site, { userAgent: BROWSER, timestamp: at - 3 }));
  return site;
}
