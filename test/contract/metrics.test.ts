import { describe, expect, test } from "bun:test";
import { eventually } from "../support/clock.ts";
import { type Scrape, scrape } from "../support/scrape.ts";
import { onEveryTarget, startApp, TARGETS, type TestServer, useServer } from "../support/server.ts";
import { createEvents, createKey, createSite, listEvents, pageView, post, postBatch } from "./collection/fixture.ts";

/** What has changed in a sum between two scrapes. */
const change = (before: Scrape, after: Scrape, name: string, labels?: Record<string, string>): number =>
  after.sum(name, labels) - before.sum(name, labels);

/** What `action` changes. */
async function measure(server: TestServer, action: () => Promise<unknown>) {
  const before = await scrape(server);
  await action();
  const after = await scrape(server);
  return (name: string, labels?: Record<string, string>) => change(before, after, name, labels);
}

describe("GET /metrics", () => {
  onEveryTarget((server) => {
    test("is text as Prometheus reads it, and not kept by caches", async () => {
      const { headers } = await server().request("/metrics");
      expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
      expect(headers.get("cache-control")).toBe("no-store");
      expect((await scrape(server())).sum("footfall_build_info", { bun: Bun.version })).toBe(1);
    });

    test("refuses a key that may do everything but is no admin key", async () => {
      const permissions = ["events:write", "events:read", "events:delete", "sites:manage", "keys:manage"];
      const key = await createKey(server(), { permissions });
      const answer = await server().request("/metrics", { key });
      expect(answer.status).toBe(403);
      expect(await answer.json()).toEqual({ error: "forbidden", message: "This needs an admin key" });
    });

    test("counts events by site, API and what became of them", async () => {
      const site = await createSite(server());
      const event = pageView(site, { eventId: "once" });
      const changed = await measure(server(), async () => {
        await post(server(), event);
        await post(server(), event);
        await post(server(), pageView(site, { url: "nowhere" }));
        await postBatch(server(), [pageView(site), pageView(site), event, {}, pageView(site, { visitorId: 1 })]);
      });
      const own = { site: site.id, dialect: "collection" };
      expect(changed("footfall_events_total", { ...own, result: "stored" })).toBe(3);
      expect(changed("footfall_events_total", { ...own, result: "duplicate" })).toBe(2);
      expect(changed("footfall_events_total", { site: "unknown", dialect: "collection", result: "rejected" })).toBe(3);
      expect(changed("footfall_events_total")).toBe(8);
      expect(changed("footfall_rejected_events_total", { reason: "invalid_event" })).toBe(3);
    });

    test("who may not post is no event that was rejected", async () => {
      const site = await createSite(server());
      const changed = await measure(server(), () => post(server(), pageView(site), "ff_wrongkey_0123456789"));
      expect(changed("footfall_events_total")).toBe(0);
      expect(changed("footfall_refused_requests_total", { code: "invalid_key" })).toBe(1);
    });

    test("counts commits, and the events in them", async () => {
      const site = await createSite(server());
      const changed = await measure(server(), () =>
        createEvents(
          server(),
          Array.from({ length: 20 }, () => pageView(site)),
        ),
      );
      expect(changed("footfall_commit_events_count")).toBe(1);
      expect(changed("footfall_commit_events_sum")).toBe(20);
      expect(changed("footfall_commit_events_bucket", { le: "10" })).toBe(0);
      expect(changed("footfall_commit_events_bucket", { le: "25" })).toBe(1);
      expect(changed("footfall_commit_duration_seconds_count")).toBe(1);
      expect(changed("footfall_commit_duration_seconds_sum")).toBeGreaterThan(0);
      expect(changed("footfall_commit_failures_total")).toBe(0);
    });

    test("counts requests by API, method and class of status, and how long they took", async () => {
      const site = await createSite(server());
      const changed = await measure(server(), async () => {
        await post(server(), pageView(site));
        await post(server(), "{");
        await listEvents(server(), site);
        await server().request("/health");
        await server().request("/api/v1/events/nothing");
        await server().request("/api/tracking/nothing", { method: "DELETE" });
      });
      const requests = (labels: Record<string, string>) => changed("footfall_http_requests_total", labels);
      expect(requests({ dialect: "collection", method: "POST", status: "2xx" })).toBe(1);
      expect(requests({ dialect: "collection", method: "POST", status: "4xx" })).toBe(1);
      expect(requests({ dialect: "collection", method: "GET", status: "2xx" })).toBe(1);
      expect(requests({ dialect: "collection", method: "GET", status: "4xx" })).toBe(1);
      expect(requests({ dialect: "affiliate", method: "DELETE", status: "4xx" })).toBe(1);
      // The health check, and the first of the two scrapes.
      expect(requests({ dialect: "operations", method: "GET", status: "2xx" })).toBe(2);
      expect(requests({ status: "5xx" })).toBe(0);
      const took = "footfall_http_request_duration_seconds";
      expect(changed(`${took}_count`)).toBe(7);
      expect(changed(`${took}_count`, { method: "POST" })).toBe(2);
      expect(changed(`${took}_sum`, { dialect: "collection", method: "POST" })).toBeGreaterThan(0);
    });

    test("counts refusals by error", async () => {
      const changed = await measure(server(), async () => {
        await server().request("/api/v1/events", { key: null });
        await server().request("/api/v1/websites", { key: null });
        await server().request("/nowhere");
      });
      const refused = (labels: Record<string, string>) => changed("footfall_refused_requests_total", labels);
      expect(refused({ dialect: "collection", code: "missing_parameter" })).toBe(1);
      expect(refused({ dialect: "collection", code: "missing_key" })).toBe(1);
      expect(refused({ dialect: "operations", code: "not_found" })).toBe(1);
    });

    test("counts reads beside the main thread", async () => {
      const site = await createSite(server());
      const changed = await measure(server(), () => listEvents(server(), site, { visitorId: "v", count: false }));
      expect(changed("footfall_reads_total", { result: "done" })).toBe(1);
    });

    test("tells what the store and the process hold", async () => {
      const { sum } = await scrape(server());
      expect(sum("footfall_queue_events")).toBe(0);
      expect(sum("footfall_queue_bytes")).toBe(0);
      expect(sum("footfall_reads_under_way")).toBe(0);
      // The files of a libSQL server are its own.
      const isFile = !server().database.startsWith("http");
      expect(sum("footfall_database_bytes") >= 4_096).toBe(isFile);
      expect(sum("footfall_disk_bytes") > sum("footfall_disk_free_bytes")).toBe(isFile);
      expect(sum("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
      expect(sum("process_open_fds")).toBeGreaterThan(3);
      expect(sum("process_cpu_seconds_total")).toBeGreaterThan(0);
      const age = Date.now() / 1_000 - sum("process_start_time_seconds");
      expect(age).toBeGreaterThan(0);
      expect(age).toBeLessThan(3_600);
      await eventually("the event loop has been looked at", 10_000, async () =>
        (await scrape(server())).samples.some(({ name }) => name === "footfall_event_loop_delay_seconds"),
      );
    });
  });
});

for (const target of TARGETS) {
  test(`${target.name}: FOOTFALL_METRICS_PUBLIC=true opens them to everyone`, async () => {
    await using server =
      target.name === "source"
        ? await startApp({ config: { metricsPublic: true } })
        : await target.start({ env: { FOOTFALL_METRICS_PUBLIC: "true" } });
    const answer = await server.request("/metrics", { key: null });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("footfall_build_info{");
  });
}

describe("while the disk is full", () => {
  const server = useServer(() =>
    startApp({ overrides: { measureDisk: async () => ({ free: 1_000, total: 1_000_000 }) } }),
  );

  test("events that are not taken count as refused, each of a batch", async () => {
    const sites = (await (await server().request("/api/v1/websites")).json()) as {
      websites: { id: string; trackingCode: string }[];
    };
    const [site] = sites.websites;
    if (!site) throw new Error("There is no site");
    const changed = await measure(server(), async () => {
      expect((await post(server(), pageView(site))).status).toBe(507);
      expect((await postBatch(server(), [pageView(site), pageView(site)])).status).toBe(507);
    });
    expect(changed("footfall_events_total", { site: site.id, result: "refused" })).toBe(3);
    expect(changed("footfall_events_total")).toBe(3);
    expect(changed("footfall_refused_requests_total", { code: "disk_full" })).toBe(2);
    const { sum } = await scrape(server());
    expect(sum("footfall_disk_free_bytes")).toBe(1_000);
    expect(sum("footfall_disk_bytes")).toBe(1_000_000);
  });
});
