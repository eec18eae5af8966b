import { expect } from "bun:test";
import type { RequestOptions, TestServer } from "../../support/server.ts";

/** All fields of a track event, in the order of the answer. */
export const FIELDS = [
  "TrackId",
  "DeviceId",
  "EventType",
  "Value",
  "Scope",
  "PageUri",
  "PageTitle",
  "RemoteAddress",
  "SessionId",
  "User",
  "Payload",
  "CountryCode",
  "City",
  "EventTime",
] as const;

export interface Track {
  readonly TrackId: string;
  readonly Scope: string;
  readonly [field: string]: unknown;
}

export interface List {
  readonly items: readonly Track[];
  readonly total: number | null;
  readonly count: number;
}

export interface Preview {
  readonly items: readonly Record<string, unknown>[];
  readonly count: number;
}

let scopes = 0;

/** A scope of its own: a test that makes one sees no other test's events. */
export async function createScope(server: TestServer): Promise<{ readonly scope: string; readonly siteId: string }> {
  scopes += 1;
  const response = await server.request("/api/v1/websites", {
    json: { name: "A scope", domain: `scope-${scopes}-${server.url.split(":").at(-1)}.example` },
  });
  const site = (await expectStatus(response, 201)) as { scope: string; id: string };
  return { scope: site.scope, siteId: site.id };
}

/** A key for the scope alone, that may ask as often as the tests do. */
export async function createKey(
  server: TestServer,
  siteId: string,
  permissions = ["events:write", "events:read", "events:delete"],
): Promise<string> {
  const response = await server.request("/api/v1/keys", {
    json: { name: "A key", permissions, sites: [siteId], tier: "unlimited" },
  });
  return ((await expectStatus(response, 201)) as { key: string }).key;
}

/** The status, and the body as JSON. */
export async function expectStatus(response: Response, status: number): Promise<unknown> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`Expected ${status}, got ${response.status}: ${text}`);
  expect(response.headers.get("content-type")).toMatch(/^application\/json(?:;charset=utf-8)?$/);
  return JSON.parse(text);
}

/** The fields that every event must have, and those that the test is about. */
export const track = (fields: Record<string, unknown> = {}) => ({
  DeviceId: "d",
  EventType: "pageview",
  Value: "v",
  ...fields,
});

export async function postTrack(server: TestServer, body: unknown, options: RequestOptions = {}): Promise<Track> {
  const response = await server.request("/api/v2.0/Track", { ...options, json: body });
  return (await expectStatus(response, 201)) as Track;
}

export async function postBulk(server: TestServer, bodies: readonly unknown[]): Promise<List> {
  return (await expectStatus(await server.request("/api/v2.0/TrackBulk", { json: bodies }), 201)) as List;
}

/** `GET TrackEvents` with options, encoded as a URL has to be. */
export function list(
  server: TestServer,
  options: Record<string, string | number>,
  init: RequestOptions = {},
): Promise<Response> {
  const query = Object.entries(options).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return server.request(`/api/v2.0/TrackEvents?${query.join("&")}`, init);
}

export async function listed(
  server: TestServer,
  options: Record<string, string | number>,
  init: RequestOptions = {},
): Promise<List> {
  return (await expectStatus(await list(server, options, init), 200)) as List;
}

export const preview = (
  server: TestServer,
  query: string,
  scope?: string,
  init: RequestOptions = {},
): Promise<Response> =>
  server.request("/api/v2.0/TrackEvents/preview", {
    ...init,
    json: { Query: query, ...(scope === undefined ? {} : { Scope: scope }) },
  });

export async function previewed(server: TestServer, query: string, scope?: string): Promise<Preview> {
  return (await expectStatus(await preview(server, query, scope), 200)) as Preview;
}

/** The whole body of a 400 that names what is wrong. */
export async function expectBad(response: Response, target: string, message: string): Promise<void> {
  expect(await expectStatus(response, 400)).toEqual({ error: { code: "BadArgument", message, target } });
}
