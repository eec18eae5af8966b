import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { join } from "node:path";
import { PERMISSIONS, type Permission } from "../../src/domain/api-key.ts";
import type { RequestOptions, Target, TestServer } from "../support/server.ts";
import { createFolder } from "../support/store.ts";
import type { Subject } from "./route-samples.ts";

/** Keys that do not open a site's doors, and none at all. */
export const CALLERS = [
  "no key",
  "a wrong key",
  "a key of another site",
  "a key without the right",
  "an expired key",
  "a revoked key",
  "a secret that was rotated away",
] as const;
export type Caller = (typeof CALLERS)[number];

export interface AccessFixture extends AsyncDisposable, Subject {
  readonly server: TestServer;
  /** A request of a client with an address of its own: wrong keys of one address would be slowed down. */
  request(path: string, options: RequestOptions): Promise<Response>;
  /** Texts that only those may see who may read the site. */
  readonly secrets: readonly string[];
  keyOf(caller: Caller, permission: Permission): string | null;
  countEvents(): Promise<number>;
}

async function create<Body>(server: TestServer, path: string, json: unknown): Promise<Body> {
  const response = await server.request(path, { json });
  expect(response.status).toBe(201);
  return (await response.json()) as Body;
}

/** Makes a site with an event and keys of all kinds, ends two of the keys in the file, and starts again. */
export async function createAccessFixture(target: Target): Promise<AccessFixture> {
  const folder = await createFolder();
  const database = join(folder.path, "footfall.db");
  const first = await target.start({ database });
  const addSite = (name: string) =>
    create<
      Pick<Subject, "trackingCode" | "domain" | "programId" | "siteId" | "siteKey"> & Record<"id" | "scope", string>
    >(first, "/api/v1/websites", {
      name,
      domain: `${name}.example`,
    });
  const addKey = async (permissions: readonly Permission[], site?: { id: string }) => {
    const sites = site ? [site.id] : undefined;
    return (await create<{ key: string }>(first, "/api/v1/keys", { name: "A", tier: "unlimited", permissions, sites }))
      .key;
  };
  const [site, other] = [await addSite("secretive"), await addSite("elsewhere")];
  const [spare, deleted] = [await addSite("spare"), await addSite("deleted")];
  expect((await first.request(`/api/v1/websites/${deleted.id}`, { method: "DELETE" })).status).toBe(200);
  const { id: eventId } = await create<{ id: string }>(first, "/api/v1/events", {
    trackingCode: site.trackingCode,
    eventType: "pageview",
    url: "https://secretive.example/hidden-page",
    sessionId: "hidden-session",
    visitorId: "hidden-visitor",
  });
  const spareTrack = await create<Subject["spareTrack"]>(first, "/api/v2.0/Track", {
    Scope: site.scope,
    DeviceId: "hidden-device",
    EventType: "click",
    Value: "hidden-value",
  });
  const transactionId = "hidden-transaction";
  const sale = {
    transaction_id: transactionId,
    amount_cents: 1,
    customer_key: "hidden-customer",
    program_id: site.programId,
  };
  expect((await first.request("/api/v1/track/sale", { json: sale })).status).toBe(200);
  const lacking = Object.fromEntries(
    await Promise.all(
      PERMISSIONS.map(async (one) => [one, await addKey(PERMISSIONS.filter((other) => other !== one))] as const),
    ),
  );
  const keys = {
    "no key": null,
    "a wrong key": `ff_aaaaaaaa_${"b".repeat(32)}`,
    "a key of another site": await addKey(PERMISSIONS, other),
    "an expired key": await addKey(PERMISSIONS),
    "a revoked key": await addKey(PERMISSIONS),
    "a secret that was rotated away": await addKey(PERMISSIONS),
  };
  await rotateAway(first, keys["a secret that was rotated away"]);
  const spareKey = (await addKey(["events:read"])).slice(3, 11);
  await first.stop();
  endKey(database, "expires_at", keys["an expired key"]);
  endKey(database, "revoked_at", keys["a revoked key"]);
  const server = await target.start({ database });
  let clients = 0;
  return {
    server,
    trackingCode: site.trackingCode,
    domain: site.domain,
    programId: site.programId,
    siteId: site.siteId,
    siteKey: site.siteKey,
    eventId,
    transactionId,
    spareSite: spare.id,
    deletedSite: deleted.id,
    spareTrack,
    spareKey,
    request(path, options) {
      clients += 1;
      const headers = new Headers(options.headers);
      headers.set("x-forwarded-for", `10.0.${clients >> 8}.${clients & 255}`);
      return server.request(path, { ...options, headers });
    },
    secrets: [
      "hidden-page",
      "hidden-session",
      "hidden-visitor",
      "hidden-customer",
      "hidden-device",
      "hidden-value",
      "secretive",
      site.siteKey,
    ],
    keyOf: (caller, permission) =>
      caller === "a key without the right" ? (lacking[permission] ?? null) : keys[caller],
    async countEvents() {
      const response = await server.request(`/api/v1/events?trackingCode=${site.trackingCode}&limit=1`);
      return ((await response.json()) as { pagination: { total: number } }).pagination.total;
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function rotateAway(server: TestServer, secret: string): Promise<void> {
  const response = await server.request(`/api/v1/keys/${secret.slice(3, 11)}/rotate`, { json: { overlap: "0s" } });
  expect(response.status).toBe(200);
}

/** Writes an end that has passed into the file of a server that does not run. */
function endKey(database: string, column: "expires_at" | "revoked_at", secret: string): void {
  using db = new Database(database);
  const { changes } = db
    .query(`UPDATE api_keys SET ${column} = ?1 WHERE id = ?2`)
    .run(Date.now() - 1, secret.slice(3, 11));
  expect(changes).toBeGreaterThan(0);
}
