import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { deleteEvent, expectReadable, fillSite, getDeletion, restoreEvent, totalOf } from "./deletion-fixture.ts";
import {
  createEvent,
  createSite,
  expectError,
  expectInvalid,
  expectStatus,
  pageView,
  pageViewText,
  post,
  postText,
} from "./fixture.ts";

const NO_SITE = "Website with this tracking code not found";

describe("DELETE /api/v1/visitors/:visitorId", () => {
  onEveryTarget((server) => {
    const erase = (visitorId: string, trackingCode: string, more = "") =>
      server().request(`/api/v1/visitors/${encodeURIComponent(visitorId)}?trackingCode=${trackingCode}${more}`, {
        method: "DELETE",
      });

    test("removes every event of the visitor for good, deleted ones too, and no other; a dry run counts them first", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const { trackingCode } = site;
      const visitorId = "v/1 ?&é🚀";
      const ids = await fillSite(server(), site, 4, () => ({ visitorId }));
      await fillSite(server(), site, 3, () => ({ visitorId: "v" }));
      await fillSite(server(), other, 2, () => ({ visitorId }));
      await expectStatus(await deleteEvent(server(), ids[0] as string), 200);
      expect(await expectStatus(await erase(visitorId, trackingCode, "&dryRun=true"), 200)).toMatchObject({
        deleted: 4,
        deletionId: null,
        dryRun: true,
      });
      const erased = (await expectStatus(await erase(visitorId, trackingCode, "&reason=request"), 200)) as {
        deletionId: string;
      };
      expect(erased).toMatchObject({ deleted: 4 });
      for (const id of ids) {
        await expectReadable(server(), id, false);
        await expectStatus(await restoreEvent(server(), id), 404);
      }
      expect(await totalOf(server(), site)).toBe(3);
      expect(await totalOf(server(), other)).toBe(2);
      const deletion = await getDeletion(server(), erased.deletionId);
      expect(deletion).toMatchObject({ kind: "visitor", status: "purged", purged: 4, filter: null, reason: "request" });
      expect(JSON.stringify(deletion)).not.toContain("v/1");
      expect(await expectStatus(await erase(visitorId, trackingCode), 200)).toEqual({
        deleted: 0,
        purgeAt: null,
        deletionId: null,
      });
    });

    test("makes the eventIds of the visitor's events free", async () => {
      const site = await createSite(server());
      const body = pageView(site, { eventId: "once", visitorId: "gone" });
      const { id } = await createEvent(server(), body);
      await expectStatus(await erase("gone", site.trackingCode), 200);
      const again = (await expectStatus(await post(server(), body), 201)) as { id: string };
      expect(again.id).not.toBe(id);
    });

    test("400 without a tracking code or with a visitor that none can have, 404 for an unknown code", async () => {
      const { trackingCode } = await createSite(server());
      const missing = await server().request("/api/v1/visitors/v1", { method: "DELETE" });
      await expectError(missing, 400, "MISSING_PARAMETER", "trackingCode query parameter is required");
      await expectError(await erase("v1", "pm-x-1"), 404, "NOT_FOUND", NO_SITE);
      await expectInvalid(
        await erase("x".repeat(1_001), trackingCode),
        { visitorId: ["Must be 1 to 1000 characters"] },
        "Invalid path",
      );
      expect((await erase("a\0b", trackingCode)).status).toBe(400);
    });
  });
});

describe("GET /api/v1/visitors/:visitorId/export", () => {
  onEveryTarget((server) => {
    const exportOf = (visitorId: string, trackingCode: string) =>
      server().request(`/api/v1/visitors/${encodeURIComponent(visitorId)}/export?trackingCode=${trackingCode}`);

    test("gives all that is stored of the visitor, oldest first, one object a line, numbers as they were sent", async () => {
      const site = await createSite(server());
      const event = await createEvent(server(), pageView(site, { visitorId: "v1", timestamp: Date.UTC(2026, 1, 2) }));
      const text = pageViewText(site, "properties", '{"a":1.10,"b":9007199254740993}').replace("vis-1", "v1");
      await expectStatus(await postText(server(), text), 201);
      await createEvent(server(), pageView(site, { visitorId: "v2" }));
      const gone = await createEvent(server(), pageView(site, { visitorId: "v1" }));
      await expectStatus(await deleteEvent(server(), gone.id), 200);
      const answer = await exportOf("v1", site.trackingCode);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
      expect(answer.headers.get("content-disposition")).toBe('attachment; filename="visitor.jsonl"');
      const lines = (await answer.text()).trimEnd().split("\n");
      expect(lines).toHaveLength(2);
      expect(JSON.parse(lines[0] as string)).toEqual({
        ...event,
        path: "/page",
        region: null,
        city: null,
        botName: null,
        botCompany: null,
        aiSource: null,
        clickId: null,
        customerKey: null,
        isTest: false,
        data: null,
      });
      expect(lines[1]).toContain('"data":{"properties":{"a":1.10,"b":9007199254740993}}');
    });

    test("of 3,000 events has each once, in order", async () => {
      const site = await createSite(server());
      const ids = await fillSite(server(), site, 3_000, (n) => ({
        visitorId: n % 2 ? "odd" : "even",
        timestamp: 1.7e12,
      }));
      const lines = (await (await exportOf("odd", site.trackingCode)).text()).trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line).id)).toEqual(ids.filter((_, n) => n % 2 === 1));
    });

    test("of an unknown visitor is empty; 404 for an unknown code; 401 without a key, also of a public website", async () => {
      const site = await createSite(server(), { publicRead: true });
      const empty = await exportOf("nobody", site.trackingCode);
      expect({ status: empty.status, text: await empty.text() }).toEqual({ status: 200, text: "" });
      await expectError(await exportOf("v1", "pm-x-1"), 404, "NOT_FOUND", NO_SITE);
      const path = `/api/v1/visitors/v1/export?trackingCode=${site.trackingCode}`;
      expect((await server().request(path, { key: null })).status).toBe(401);
    });
  });
});
