import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Store } from "../../src/domain/ports.ts";
import { MS_PER_DAY, systemClock } from "../../src/lib/clock.ts";
import { eventually } from "../support/clock.ts";
import { appendAll, newEvent, openTestStore } from "../support/store.ts";
import { createPlace, onlyLineOf, type Place, SLOW_MS, urlOf } from "./footfall.ts";

let place: Place;
beforeAll(() => {
  place = createPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

/** Works on the place's database, beside whatever runs there. */
async function withStore<T>(action: (store: Store) => Promise<T>): Promise<T> {
  const path = join(place.path, "data", "footfall.db");
  await using store = await openTestStore({ kind: "file", path }, { role: "command", clock: systemClock });
  return await action(store);
}

const request = { kind: "events", filter: null, reason: null, by: "test" } as const;

/** Two events whose purge is due, and one whose purge is not, among five of a site. */
async function deleteSome(siteId: number): Promise<void> {
  await withStore(async (store) => {
    const nowMs = Date.now();
    const ids = await appendAll(
      store,
      Array.from({ length: 5 }, () => newEvent({ siteId, occurredAt: nowMs })),
    );
    await store.deletions.mark({ ...request, siteId, nowMs, purgeAt: nowMs }, ids.slice(0, 2), 100);
    await store.deletions.mark({ ...request, siteId, nowMs, purgeAt: nowMs + MS_PER_DAY }, ids.slice(2, 3), 100);
  });
}

async function addSite(name: string): Promise<number> {
  return (await place.json<{ programId: number }>(["site", "add", "--name", name])).programId;
}

const countStored = (siteId: number): Promise<number> =>
  withStore((store) => store.deletions.countStored({ siteId, includeTest: true }));

describe("purge", () => {
  test(
    "removes what is due after a dry run has counted it, and says how much it was",
    async () => {
      const site = await addSite("Purged");
      await deleteSome(site);
      expect(await place.json<object>(["purge", "--dry-run"])).toEqual({ dryRun: true, events: 2, sites: 0 });
      expect((await place.run(["purge", "--dry-run"])).stdout).toBe("A purge would remove 2 events.\n");
      expect(await countStored(site)).toBe(5);
      expect(await place.run(["purge"])).toEqual({ exitCode: 0, stdout: "Removed 2 events.\n", stderr: "" });
      expect(await countStored(site)).toBe(3);
      expect(await place.json<object>(["purge"])).toEqual({ dryRun: false, events: 0, sites: 0 });
    },
    SLOW_MS,
  );

  test(
    "works without a server on a deleted site, too",
    async () => {
      const site = await addSite("Removed");
      await deleteSome(site);
      // At once: with an undo window of no length, and a purge each second.
      const env = { FOOTFALL_UNDO_WINDOW: "0s", FOOTFALL_PURGE_CRON: "* * * * * *" };
      expect((await place.run(["site", "remove", String(site)], { env })).exitCode).toBe(0);
      await eventually("its purge is due", SLOW_MS, async () =>
        (await place.run(["purge", "--dry-run"])).stdout.includes("site"),
      );
      expect((await place.run(["purge", "--dry-run"])).stdout).toBe("A purge would remove 2 events and 1 site.\n");
      // The two events that were due are the site's own.
      expect((await place.run(["purge"])).stdout).toBe("Removed 5 events and 1 site.\n");
      expect(await countStored(site)).toBe(0);
      expect(JSON.stringify(await place.json<unknown[]>(["site", "list"]))).not.toContain("Removed");
    },
    SLOW_MS,
  );

  test(
    "works beside a server, and refuses while another process is at it",
    async () => {
      const site = await addSite("Beside");
      await deleteSome(site);
      const env = { FOOTFALL_PORT: "0" };
      await using server = place.start(["serve"], { env });
      await urlOf(server);
      await withStore(async ({ kv }) => {
        const nowMs = Date.now();
        const lease = { key: "job:purge", holder: "another", nowMs, expiresAtMs: nowMs + 60_000 };
        // The server itself may be looking whether something is due.
        while (!(await kv.takeLease({ ...lease, nowMs: Date.now() }))) await Bun.sleep(10);
        const refused = await place.run(["purge"]);
        expect(refused.exitCode).toBe(1);
        expect(onlyLineOf(refused)).toContain("another process is at it");
        expect(await countStored(site)).toBe(5);
        await kv.releaseLease(lease);
      });
      expect(await place.json<object>(["purge"])).toMatchObject({ events: 2 });
      expect(await countStored(site)).toBe(3);
      server.process.kill("SIGTERM");
      await server.process.exited;
    },
    SLOW_MS,
  );
});

describe("retention", () => {
  test(
    "removes what is too old, site by site, after a dry run has counted it",
    async () => {
      const site = await addSite("Kept for a week");
      expect(await place.run(["retention"])).toEqual({
        exitCode: 0,
        stdout: "No site has events that are older than it keeps.\n",
        stderr: "",
      });
      await withStore(async (store) => {
        const days = [1, 6, 8, 9, 400];
        await appendAll(
          store,
          days.map((day) => newEvent({ siteId: site, occurredAt: Date.now() - day * MS_PER_DAY })),
        );
      });
      expect((await place.run(["site", "set", String(site), "--retention-days", "7"])).exitCode).toBe(0);
      const counted = await place.json<object>(["retention", "--dry-run"]);
      expect(counted).toEqual({
        dryRun: true,
        sites: [
          { id: `web-${site}`, name: "Kept for a week", before: expect.stringMatching(/^\d{4}-.*Z$/), events: 3 },
        ],
      });
      expect(await countStored(site)).toBe(5);
      const { stdout } = await place.run(["retention"]);
      expect(stdout).toMatch(/^ID +NAME +BEFORE +REMOVED\nweb-\d+ +Kept for a week +\S+Z +3\n$/);
      expect(await countStored(site)).toBe(2);
    },
    SLOW_MS,
  );
});
