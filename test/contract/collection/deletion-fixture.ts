import { expect } from "bun:test";
import { eventually } from "../../support/clock.ts";
import type { TestServer } from "../../support/server.ts";
import { createEvents, expectStatus, listEvents, pageView, type Query, type Website } from "./fixture.ts";

/** A deletion as the API answers it. */
export interface DeletionBody {
  readonly id: string;
  readonly websiteId: string;
  readonly status: string;
  readonly kind: string;
  readonly filter: Readonly<Record<string, unknown>> | null;
  readonly reason: string | null;
  readonly by: string;
  readonly createdAt: string;
  readonly purgeAt: string;
  readonly endedAt: string | null;
  readonly events: number;
  readonly restored: number;
  readonly purged: number;
  readonly progress: { readonly done: number; readonly total: number } | null;
}

export interface DeletedBody {
  readonly deleted: number;
  readonly purgeAt: string | null;
  readonly deletionId: string | null;
  readonly dryRun?: true;
  readonly missing?: readonly string[];
}

type Code = Pick<Website, "trackingCode">;

export function deleteEvents(server: TestServer, site: Code, query: Query, key?: string | null): Promise<Response> {
  const parameters = new URLSearchParams({ trackingCode: site.trackingCode });
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  return server.request(`/api/v1/events?${parameters}`, { method: "DELETE", ...(key === undefined ? {} : { key }) });
}

/** Deletes by a filter what is done when it is answered. */
export async function deleteNow(server: TestServer, site: Code, query: Query): Promise<DeletedBody> {
  return (await expectStatus(await deleteEvents(server, site, query), 200)) as DeletedBody;
}

export const deleteEvent = (server: TestServer, id: string, query = ""): Promise<Response> =>
  server.request(`/api/v1/events/${id}${query}`, { method: "DELETE" });

export const restoreEvent = (server: TestServer, id: string): Promise<Response> =>
  server.request(`/api/v1/events/${id}/restore`, { method: "POST" });

export const restoreDeletion = (server: TestServer, id: string): Promise<Response> =>
  server.request(`/api/v1/deletions/${id}/restore`, { method: "POST" });

export async function getDeletion(server: TestServer, id: string): Promise<DeletionBody> {
  return (await expectStatus(await server.request(`/api/v1/deletions/${id}`), 200)) as DeletionBody;
}

/** Polls until a deletion has got there. */
export function deletionIs(server: TestServer, id: string, status: string, withinMs = 20_000): Promise<DeletionBody> {
  return eventually(`${id} is ${status}`, withinMs, async () => {
    const deletion = await getDeletion(server, id);
    return deletion.status === status ? deletion : null;
  });
}

/** Stores `count` page views, in batches; `fields` says what each is like. */
export async function fillSite(
  server: TestServer,
  site: Code,
  count: number,
  fields: (n: number) => Readonly<Record<string, unknown>> = () => ({}),
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1_000) {
    const events = Array.from({ length: Math.min(1_000, count - n) }, (_, k) => pageView(site, fields(n + k)));
    ids.push(...(await createEvents(server, events)).events.map(({ id }) => id));
  }
  return ids;
}

export async function totalOf(server: TestServer, site: Code, query: Query = {}): Promise<number> {
  return (await listEvents(server, site, { ...query, limit: 1 })).pagination.total ?? Number.NaN;
}

/** Expects that an event can be read, or that it cannot. */
export async function expectReadable(server: TestServer, id: string, isReadable: boolean): Promise<void> {
  const response = await server.request(`/api/v1/events/${id}`);
  await response.text();
  expect(response.status).toBe(isReadable ? 200 : 404);
}
