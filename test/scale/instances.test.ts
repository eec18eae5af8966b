import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { createPlace, SLOW_MS } from "../cli/footfall.ts";
import { createProgram, list, listEvents, track } from "../contract/affiliate/fixture.ts";
import type { StartedServer } from "../crash/support/server.ts";
import { eventually } from "../support/clock.ts";
import { caughtUp, startSqld } from "../support/sqld.ts";
import { type Cluster, startCluster } from "./support/cluster.ts";

const INSTANCES = 4;

/** How soon every instance knows that a key has been revoked. */
const REVOKED_WITHIN_MS = 5_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ instances: INSTANCES });
}, 30_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const pageView = (instance: StartedServer, fields: Record<string, unknown> = {}) => ({
  trackingCode: instance.trackingCode,
  eventType: "pageview",
  url: "https://example.com/",
  sessionId: "s",
  visitorId: "v",
  ...fields,
});

async function post(instance: StartedServer, fields?: Record<string, unknown>) {
  const answer = await instance.request("/api/v1/events", { json: pageView(instance, fields) });
  return { status: answer.status, id: ((await answer.json()) as { id: string }).id };
}

const nodeOf = (id: string) => Math.floor(Number.parseInt(id, 36) / 64) % 64;

describe(`${INSTANCES} instances that were started at once on an empty database server`, () => {
  test("made one schema and one site", async () => {
    const client = createClient({ url: cluster.primary.url });
    const [sites, changes] = await Promise.all([
      client.execute("SELECT tracking_code FROM sites"),
      client.execute("SELECT count(*) AS n, count(DISTINCT tag) AS tags FROM schema_migrations"),
    ]);
    client.close();
    expect(sites.rows).toHaveLength(1);
    expect(cluster.instances.map(({ trackingCode }) => trackingCode)).toEqual(
      Array.from({ length: INSTANCES }, () => String(sites.rows[0]?.tracking_code)),
    );
    expect(changes.rows[0]?.n).toBe(changes.rows[0]?.tags as number);
  });

  test("hand out ids under node numbers of their own", async () => {
    const answers = await Promise.all(cluster.instances.map((instance) => post(instance)));
    expect(new Set(answers.map(({ id }) => nodeOf(id))).size).toBe(INSTANCES);
  });

  test("store an event with an eventId once, whoever is asked, also all at the same moment", async () => {
    for (let round = 0; round < 5; round++) {
      const eventId = `same-${round}`;
      const answers = await Promise.all(cluster.instances.map((instance) => post(instance, { eventId })));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 201]);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    }
  });

  test("store a transaction once, and refuse its repeats, also all at the same moment", async () => {
    const [first] = cluster.instances as [StartedServer];
    const program = await createProgram(first);
    const known = () =>
      Promise.all(cluster.instances.map(async (instance) => (await list(instance, program.programId)).status));
    await eventually("all know the program", REVOKED_WITHIN_MS, async () =>
      (await known()).every((status) => status === 200),
    );
    for (let round = 0; round < 5; round++) {
      const sale = {
        program_id: program.programId,
        transaction_id: `t-${round}`,
        amount_cents: 100,
        customer_key: "c",
      };
      const answers = await Promise.all(cluster.instances.map((instance) => track(instance, "sale", sale)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
    }
    await caughtUp(cluster.primary, cluster.replica);
    expect((await listEvents(first, program)).meta.pagination.total).toBe(5);
  }, 30_000);

  test("hide at once what one of them deletes, and soon what another one does", async () => {
    const [here, there] = cluster.instances as [StartedServer, StartedServer];
    const made = await here.request("/api/v1/websites", { json: { name: "Large", domain: "large.example" } });
    const { trackingCode } = (await made.json()) as { trackingCode: string };
    const events = Array.from({ length: 1_000 }, () => pageView(here, { trackingCode }));
    for (let n = 0; n < 3; n++) {
      expect((await here.request("/api/v1/events/batch", { json: { events } })).status).toBe(201);
    }
    const totalAt = async (instance: StartedServer) => {
      const answer = await instance.request(`/api/v1/events?trackingCode=${trackingCode}&limit=1`);
      return ((await answer.json()) as { pagination: { total: number } }).pagination.total;
    };
    await eventually("the other one has all", REVOKED_WITHIN_MS, async () => (await totalAt(there)) === 3_000);
    const deleted = await here.request(`/api/v1/events?trackingCode=${trackingCode}&all=true`, { method: "DELETE" });
    expect(deleted.status).toBeWithin(200, 203);
    expect(await totalAt(here)).toBe(0);
    await eventually("the other one hides them", REVOKED_WITHIN_MS, async () => (await totalAt(there)) === 0);
  }, 30_000);

  test("all refuse a key within seconds after it has been revoked on the command line", async () => {
    const [first] = cluster.instances as [StartedServer];
    const made = await first.request("/api/v1/keys", { json: { name: "A key", permissions: ["events:read"] } });
    const { id, key } = (await made.json()) as { id: string; key: string };
    const statusAt = async (instance: StartedServer) => {
      const path = `/api/v1/events?trackingCode=${instance.trackingCode}&limit=1`;
      return (await instance.request(path, { key })).status;
    };
    expect(await Promise.all(cluster.instances.map(statusAt))).toEqual([200, 200, 200, 200]);
    await using place = createPlace();
    await place.run(["key", "revoke", id], { env: { FOOTFALL_DATABASE_URL: cluster.primary.url } });
    // None is asked again once it refuses: an address that goes on with a wrong key is told 429 after a while.
    await Promise.all(
      cluster.instances.map((instance) =>
        eventually("it is refused", REVOKED_WITHIN_MS, async () => (await statusAt(instance)) === 401),
      ),
    );
  }, 30_000);

  test("show at once what they stored themselves, and soon what another one did", async () => {
    const [here, there] = cluster.instances as [StartedServer, StartedServer];
    const made = await here.request("/api/v1/websites", { json: { name: "Fresh", domain: "fresh.example" } });
    const { trackingCode } = (await made.json()) as { trackingCode: string };
    const list = async (instance: StartedServer) => {
      const answer = await instance.request(`/api/v1/events?trackingCode=${trackingCode}`);
      return ((await answer.json()) as { events: { id: string }[] }).events.map((event) => event.id);
    };
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) {
      ids.unshift((await post(here, { trackingCode })).id);
      expect(await list(here)).toEqual(ids);
    }
    await caughtUp(cluster.primary, cluster.replica);
    expect(await list(there)).toEqual(ids);
  });
});

test(
  "a first start of several instances at once makes one admin key, and shows it once",
  async () => {
    await using server = await startSqld();
    await using place = createPlace();
    const env = { FOOTFALL_DATABASE_URL: server.url, FOOTFALL_PORT: "0" };
    await using stack = new AsyncDisposableStack();
    const instances = Array.from({ length: 3 }, () => stack.use(place.start(["serve"], { env })));
    await Promise.all(instances.map(({ stdout }) => stdout.match(/is listening on/)));
    const keys = await place.json<{ admin: boolean }[]>(["key", "list"], { env });
    expect(keys.map(({ admin }) => admin)).toEqual([true]);
    for (const { process } of instances) process.kill("SIGTERM");
    const said = await Promise.all(instances.map(({ stdout }) => stdout.all()));
    expect(said.filter((banner) => /ff_[0-9A-Za-z]{8}_[0-9A-Za-z]{16,}/.test(banner))).toHaveLength(1);
  },
  SLOW_MS,
);
