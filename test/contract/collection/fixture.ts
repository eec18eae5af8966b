import { expect } from "bun:test";
import type { TestServer } from "../../support/server.ts";

/** A website as the API answers it. */
export interface Website {
  readonly id: string;
  readonly trackingCode: string;
  readonly name: string;
  readonly domain: string;
  readonly publicRead: boolean;
  readonly allowedOrigins: readonly string[] | null;
  readonly honorGpc: boolean;
  readonly honorDnt: boolean;
  readonly retentionDays: number | null;
  readonly attributionWindowDays: number;
  readonly eventsPerMinute: number | null;
  readonly programId: number;
  readonly siteId: string;
  readonly siteKey: string;
  readonly scope: string;
}

/** An event as the API answers it. */
export interface EventBody {
  readonly id: string;
  readonly websiteId: string;
  readonly eventType: string;
  readonly timestamp: number;
  readonly createdAt: string;
  readonly properties: unknown;
  readonly [field: string]: unknown;
}

export interface EventPage {
  readonly events: readonly EventBody[];
  readonly pagination: {
    readonly total: number | null;
    readonly limit: number;
    readonly offset: number;
    readonly nextCursor: string | null;
  };
}

export interface BatchResult {
  readonly success: boolean;
  readonly eventsCreated: number;
  readonly events: readonly { readonly id: string; readonly duplicate?: true; readonly [field: string]: unknown }[];
  readonly errors?: readonly { readonly index: number; readonly error: string; readonly message: string }[];
  readonly message: string;
}

/** All fields of an event, in the order of the answer. */
export const EVENT_FIELDS = [
  "id",
  "websiteId",
  "eventType",
  "eventName",
  "url",
  "referrer",
  "sessionId",
  "visitorId",
  "deviceType",
  "browser",
  "os",
  "location",
  "value",
  "currency",
  "eventId",
  "timestamp",
  "createdAt",
  "properties",
] as const;

export const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let domains = 0;

/** A website of its own: a test that makes one sees no other test's events. */
export async function createSite(server: TestServer, fields: Record<string, unknown> = {}): Promise<Website> {
  domains += 1;
  const response = await server.request("/api/v1/websites", {
    json: { name: "A website", domain: `site-${domains}.example`, ...fields },
  });
  return (await expectStatus(response, 201)) as Website;
}

export interface KeyWish {
  readonly permissions: readonly string[];
  /** For all websites when left out. */
  readonly sites?: readonly string[];
  readonly expiresAt?: string;
  /** Any number of requests when both are left out. */
  readonly tier?: string;
  readonly requestsPerMinute?: number;
}

/** The secret of a new API key. */
export async function createKey(server: TestServer, wish: KeyWish): Promise<string> {
  const response = await server.request("/api/v1/keys", { json: { name: "A key", tier: "unlimited", ...wish } });
  return ((await expectStatus(response, 201)) as { key: string }).key;
}

/** The fields that every event must have, and those that the test is about. */
export function pageView(site: Pick<Website, "trackingCode">, fields: Record<string, unknown> = {}) {
  return {
    trackingCode: site.trackingCode,
    eventType: "pageview",
    url: "https://example.com/page",
    sessionId: "sess-1",
    visitorId: "vis-1",
    ...fields,
  };
}

/** The body with `json` spliced in as it is written: for literals that JavaScript cannot hold. */
export function pageViewText(site: Pick<Website, "trackingCode">, field: string, json: string): string {
  return `${JSON.stringify(pageView(site)).slice(0, -1)},${JSON.stringify(field)}:${json}}`;
}

export function post(server: TestServer, body: unknown, key: string | null = null): Promise<Response> {
  return server.request("/api/v1/events", { json: body, key });
}

export function postText(server: TestServer, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  return server.request("/api/v1/events", { body, key: null, headers: { "content-type": "application/json" } });
}

/** Stores an event. */
export async function createEvent(server: TestServer, body: unknown, key: string | null = null): Promise<EventBody> {
  return (await expectStatus(await post(server, body, key), 201)) as EventBody;
}

export function postBatch(server: TestServer, events: unknown, key: string | null = null): Promise<Response> {
  return server.request("/api/v1/events/batch", { json: { events }, key });
}

/** Stores events, all of them. */
export async function createEvents(server: TestServer, events: readonly unknown[]): Promise<BatchResult> {
  return (await expectStatus(await postBatch(server, events), 201)) as BatchResult;
}

export type Query = Readonly<Record<string, string | number | boolean>>;

export function list(server: TestServer, site: Pick<Website, "trackingCode">, query: Query = {}, key?: string | null) {
  const parameters = new URLSearchParams({ trackingCode: site.trackingCode });
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  return server.request(`/api/v1/events?${parameters}`, key === undefined ? {} : { key });
}

/** A page of a website's events. */
export async function listEvents(
  server: TestServer,
  site: Pick<Website, "trackingCode">,
  query: Query = {},
): Promise<EventPage> {
  return (await expectStatus(await list(server, site, query), 200)) as EventPage;
}

/** A walk by cursor from the first page to the last one. */
export async function* walk(server: TestServer, site: Pick<Website, "trackingCode">, query: Query) {
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: EventPage = await listEvents(server, site, cursor === "" ? query : { ...query, cursor });
    yield page;
    cursor = page.pagination.nextCursor;
  }
}

/** The answer's JSON, after its status has been checked; a wrong one is shown with its body. */
export async function expectStatus(response: Response, status: number): Promise<unknown> {
  const text = await response.text();
  if (response.status !== status)
    throw new Error(`Expected ${status}, got ${response.status}: ${text.slice(0, 2_000)}`);
  expect(response.headers.get("content-type")).toMatch(/^application\/json(?:;charset=utf-8)?$/);
  return JSON.parse(text);
}

/** The whole body of an error, in the dialect's shape. */
export async function expectError(response: Response, status: number, error: string, message: string): Promise<void> {
  expect(await expectStatus(response, status)).toEqual({ error, message });
}

/** The whole body of a 400 that names fields. */
export async function expectInvalid(
  response: Response,
  fieldErrors: Readonly<Record<string, readonly string[]>>,
  message = "Invalid event data",
): Promise<void> {
  expect(await expectStatus(response, 400)).toEqual({
    error: "VALIDATION_ERROR",
    message,
    details: { formErrors: [], fieldErrors },
  });
}
