import { expect } from "bun:test";
import type { TestServer } from "../../support/server.ts";
import { createSite, expectStatus, type Website } from "../collection/fixture.ts";

export { createKey, expectStatus, type Website } from "../collection/fixture.ts";

export type What = "click" | "lead" | "sale" | "refund";

/** A program of its own: a test that makes one sees no other test's events. */
export const createProgram = (server: TestServer): Promise<Website> => createSite(server);

/** A text that no other test has: customers and transactions are looked for in all programs. */
let names = 0;
export const unique = (what: string): string => `${what}-${++names}`;

export type Fields = Readonly<Record<string, unknown>>;

/** Sales and refunds are posted with the admin key, the others without one, unless it is said. */
export function track(server: TestServer, what: What, json: unknown, key?: string | null): Promise<Response> {
  const own = what === "click" || what === "lead" ? null : server.adminKey;
  return server.request(`/api/v1/track/${what}`, { json, key: key === undefined ? own : key });
}

async function tracked<Body>(response: Promise<Response>): Promise<Body> {
  return (await expectStatus(await response, 200)) as Body;
}

/** Stores a click of a partner's link to the program's domain; its id. */
export async function trackClick(server: TestServer, program: Website, fields: Fields = {}): Promise<string> {
  const body = { affiliate_url: `https://${program.domain}/?aff=PARTNER`, ...fields };
  return (await tracked<{ click_id: string }>(track(server, "click", body))).click_id;
}

export async function trackLead(server: TestServer, fields: Fields): Promise<void> {
  const answer = await tracked(track(server, "lead", fields));
  expect(answer).toEqual({ success: true, message: "Lead tracked successfully" });
}

/** Stores a sale of 99.00 USD with a transaction of its own, except for what is said; its id. */
export async function trackSale(server: TestServer, fields: Fields): Promise<number> {
  const body = { transaction_id: unique("txn"), amount_cents: 9_900, ...fields };
  return (await tracked<{ sale_id: number }>(track(server, "sale", body))).sale_id;
}

/** An event as the list shows it. */
export interface ListedEvent {
  readonly id: number;
  readonly event_type: "click" | "lead" | "conversion";
  readonly timestamp: string;
  readonly click_id: string | null;
  readonly converted?: boolean;
  readonly createdAt: string;
  readonly [field: string]: unknown;
}

export interface ListedPage {
  readonly data: readonly ListedEvent[];
  readonly meta: {
    readonly pagination: {
      readonly page: number;
      readonly pageSize: number;
      readonly pageCount: number;
      readonly total: number;
    };
  };
}

export type Query = Readonly<Record<string, string | number>>;

export function list(server: TestServer, programId: number | string, query: Query = {}, key?: string | null) {
  const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return server.request(`/api/tracking/events/${programId}?${parameters}`, key === undefined ? {} : { key });
}

/** A page of a program's events: up to 100, unless it is said. */
export async function listEvents(server: TestServer, program: Website, query: Query = {}): Promise<ListedPage> {
  return tracked<ListedPage>(list(server, program.programId, { pageSize: 100, ...query }));
}

/** The one event of a type. */
export async function onlyEvent(
  server: TestServer,
  program: Website,
  eventType: ListedEvent["event_type"],
): Promise<ListedEvent> {
  const { data } = await listEvents(server, program, { eventType });
  expect(data).toHaveLength(1);
  return data[0] as ListedEvent;
}

/** The whole body of an error where events come in. */
export async function expectTrackError(response: Response, status: number, error: string): Promise<void> {
  expect(await expectStatus(response, status)).toEqual({ error });
}

/** The whole body of an error where events are read. */
export async function expectStrapiError(
  response: Response,
  status: number,
  name: string,
  message: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<void> {
  const errors = Object.entries(fields).map(([field, text]) => ({
    path: [field],
    message: text,
    name: "ValidationError",
  }));
  const details = errors.length === 0 ? {} : { errors };
  expect(await expectStatus(response, status)).toEqual({ data: null, error: { status, name, message, details } });
}
