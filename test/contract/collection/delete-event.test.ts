import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { deleteEvent, expectReadable, getDeletion, restoreEvent, totalOf } from "./deletion-fixture.ts";
import {
  createEvent,
  createKey,
  createSite,
  expectError,
  expectInvalid,
  expectStatus,
  ISO_TIME,
  listEvents,
  pageView,
  post,
} from "./fixture.ts";

const DAY = 86_400_000;

interface Deleted {
  readonly id: string;
  readonly deletedAt: string;
  readonly purgeAt: string;
  readonly deletionId: string;
}

describe("DELETE /api/v1/events/:id", () => {
  onEveryTarget((server) => {
    test("200 says when it was deleted and until when it can be restored; it is in no list and no total any more", async () => {
      const site = await createSite(server());
      const { id } = await createEvent(server(), pageView(site));
      const other = await createEvent(server(), pageView(site));
      const deleted = (await expectStatus(await deleteEvent(server(), id), 200)) as Deleted;
      expect(deleted).toEqual({
        id,
        deletedAt: expect.stringMatching(ISO_TIME),
        purgeAt: expect.stringMatching(ISO_TIME),
        deletionId: expect.stringMatching(/^del-\d+$/),
      });
      // The first 03:00 UTC that is at least a day away.
      const wait = Date.parse(deleted.purgeAt) - Date.parse(deleted.deletedAt);
      expect(wait).toBeGreaterThanOrEqual(DAY);
      expect(wait).toBeLessThanOrEqual(2 * DAY);
      expect(deleted.purgeAt).toEndWith("T03:00:00.000Z");
      await expectReadable(server(), id, false);
      const { events, pagination } = await listEvents(server(), site);
      expect(events.map((event) => event.id)).toEqual([other.id]);
      expect(pagination.total).toBe(1);
      expect(await getDeletion(server(), deleted.deletionId)).toMatchObject({
        status: "deleted",
        kind: "event",
        events: 1,
        by: "environment",
        reason: null,
        createdAt: deleted.deletedAt,
        purgeAt: deleted.purgeAt,
      });
    });

    test("404 the second time, for an unknown id, and for one that is none", async () => {
      const { id } = await createEvent(server(), pageView(await createSite(server())));
      await expectStatus(await deleteEvent(server(), id), 200);
      for (const gone of [id, "zzzzzzzz", "1", "no-id", `${id}0`, "%00", "x".repeat(3_000)]) {
        await expectError(await deleteEvent(server(), gone), 404, "NOT_FOUND", "Event not found");
      }
    });

    test("404 with a key of another website, which deletes nothing", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const { id } = await createEvent(server(), pageView(site));
      const foreign = await createKey(server(), { permissions: ["events:delete"], sites: [other.id] });
      const own = await createKey(server(), { permissions: ["events:delete"], sites: [site.id] });
      const ask = (key: string) => server().request(`/api/v1/events/${id}`, { method: "DELETE", key });
      await expectError(await ask(foreign), 404, "NOT_FOUND", "Event not found");
      await expectReadable(server(), id, true);
      const { deletionId } = (await expectStatus(await ask(own), 200)) as Deleted;
      // Who it was is the key's id.
      expect((await getDeletion(server(), deletionId)).by).toBe(own.slice(3, 11));
    });

    test("keeps a reason, and refuses one that is too long or cannot be stored", async () => {
      const site = await createSite(server());
      const { id } = await createEvent(server(), pageView(site));
      await expectInvalid(
        await deleteEvent(server(), id, `?reason=${"x".repeat(501)}`),
        { reason: ["Must be a text of at most 500 characters"] },
        "Invalid query parameters",
      );
      await expectStatus(await deleteEvent(server(), id, "?reason=%00"), 400);
      await expectReadable(server(), id, true);
      const answer = await deleteEvent(server(), id, `?reason=${encodeURIComponent(" spam, été 🚀 ")}`);
      const { deletionId } = (await expectStatus(answer, 200)) as Deleted;
      expect((await getDeletion(server(), deletionId)).reason).toBe("spam, été 🚀");
    });

    test("with dryRun=true deletes nothing and makes no deletion", async () => {
      const site = await createSite(server());
      const { id } = await createEvent(server(), pageView(site));
      expect(await expectStatus(await deleteEvent(server(), id, "?dryRun=true"), 200)).toEqual({
        id,
        deletedAt: null,
        purgeAt: expect.stringMatching(ISO_TIME),
        deletionId: null,
        dryRun: true,
      });
      await expectReadable(server(), id, true);
      await expectStatus(await deleteEvent(server(), "zzzzzzzz", "?dryRun=true"), 404);
      await expectInvalid(
        await deleteEvent(server(), id, "?dryRun=yes"),
        { dryRun: ["Must be one of: true, false"] },
        "Invalid query parameters",
      );
    });

    test("leaves a repeat of its eventId what it was: 200 with the id, and still deleted", async () => {
      const site = await createSite(server());
      const body = pageView(site, { eventId: "order-1" });
      const { id } = await createEvent(server(), body);
      await expectStatus(await deleteEvent(server(), id), 200);
      expect(await expectStatus(await post(server(), body), 200)).toMatchObject({ id });
      expect(await totalOf(server(), site)).toBe(0);
    });
  });
});

describe("POST /api/v1/events/:id/restore", () => {
  onEveryTarget((server) => {
    test("200 gives the event as it was, which is in lists and totals again; a repeat changes nothing", async () => {
      const site = await createSite(server());
      const event = await createEvent(server(), pageView(site, { properties: { a: [1, null] }, eventId: "x" }));
      const { deletionId } = (await expectStatus(await deleteEvent(server(), event.id), 200)) as Deleted;
      expect(await expectStatus(await restoreEvent(server(), event.id), 200)).toEqual(event);
      expect(await expectStatus(await restoreEvent(server(), event.id), 200)).toEqual(event);
      expect((await listEvents(server(), site)).events).toEqual([event]);
      expect(await totalOf(server(), site)).toBe(1);
      expect(await getDeletion(server(), deletionId)).toMatchObject({
        status: "restored",
        restored: 1,
        endedAt: expect.stringMatching(ISO_TIME),
      });
      // It can be deleted again.
      await expectStatus(await deleteEvent(server(), event.id), 200);
    });

    test("404 for an unknown id, and with a key of another website", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const { id } = await createEvent(server(), pageView(site));
      await expectStatus(await deleteEvent(server(), id), 200);
      const foreign = await createKey(server(), { permissions: ["events:delete"], sites: [other.id] });
      const answer = await server().request(`/api/v1/events/${id}/restore`, { method: "POST", key: foreign });
      await expectError(answer, 404, "NOT_FOUND", "Event not found");
      await expectReadable(server(), id, false);
      for (const unknown of ["zzzzzzzz", "no-id", "%00"]) {
        await expectError(await restoreEvent(server(), unknown), 404, "NOT_FOUND", "Event not found");
      }
    });
  });
});
