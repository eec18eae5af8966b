import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { createEvent, createKey, createSite, EVENT_FIELDS, expectError, expectStatus, pageView } from "./fixture.ts";

const KEY_REQUIRED = 'An API key is required: send it as "Authorization: Bearer <API key>"';

describe("GET /api/v1/events/:id", () => {
  onEveryTarget((server) => {
    const get = (id: string, key?: string | null) =>
      server().request(`/api/v1/events/${id}`, key === undefined ? {} : { key });

    test("200 shows the event as it was created", async () => {
      const site = await createSite(server());
      const event = await createEvent(server(), pageView(site, { properties: { a: [1, null] }, browser: "Chrome" }));
      const read = (await expectStatus(await get(event.id), 200)) as object;
      expect(read).toEqual(event);
      expect(Object.keys(read)).toEqual([...EVENT_FIELDS]);
    });

    test("200 with the id that was given in a path with a slash at its end", async () => {
      const { id } = await createEvent(server(), pageView(await createSite(server())));
      expect(await expectStatus(await get(`${id}/`), 200)).toMatchObject({ id });
    });

    const UNKNOWN = [
      "1",
      "zzzzzzzz",
      "2gosa7pa2gv",
      "zzzzzzzzzzz",
      "clv1234567890",
      "batch",
      "null",
      "-1",
      "1.5",
      "%20",
      "%00",
      "%ff",
      "%zz",
      "%",
      "..%2f..%2fetc%2fpasswd",
      "1%27%20OR%201=1--",
      "x".repeat(5000),
      "%F0%9F%98%80",
    ];
    test.each(UNKNOWN)("404 for the id %j", async (id) => {
      await expectError(await get(id), 404, "NOT_FOUND", "Event not found");
    });

    test("404 for other ways to write an id that exists", async () => {
      const { id } = await createEvent(server(), pageView(await createSite(server())));
      for (const other of [`0${id}`, id.toUpperCase(), `${id}%20`, Number.parseInt(id, 36).toString(), `${id}1`]) {
        await expectError(await get(other), 404, "NOT_FOUND", "Event not found");
      }
    });

    test("404 with a key of another website, in the same words as for an event that does not exist", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const { id } = await createEvent(server(), pageView(site));
      const foreign = await createKey(server(), { permissions: ["events:read"], sites: [other.id] });
      const own = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
      await expectError(await get(id, foreign), 404, "NOT_FOUND", "Event not found");
      expect(await expectStatus(await get(id, own), 200)).toMatchObject({ id });
    });

    test("401 without a key, whether the event exists or not", async () => {
      const { id } = await createEvent(server(), pageView(await createSite(server())));
      await expectError(await get(id, null), 401, "UNAUTHORIZED", KEY_REQUIRED);
      await expectError(await get("zzzzzzzz", null), 401, "UNAUTHORIZED", KEY_REQUIRED);
    });

    test("200 without a key where the website is publicly readable", async () => {
      const site = await createSite(server(), { publicRead: true });
      const event = await createEvent(server(), pageView(site));
      expect(await expectStatus(await get(event.id, null), 200)).toEqual(event);
    });

    test("403 with a key that may not read", async () => {
      const site = await createSite(server(), { publicRead: true });
      const { id } = await createEvent(server(), pageView(site));
      const writer = await createKey(server(), { permissions: ["events:write"] });
      await expectError(await get(id, writer), 403, "FORBIDDEN", "The API key lacks the permission events:read");
    });

    test("HEAD answers as GET does, without a body", async () => {
      const { id } = await createEvent(server(), pageView(await createSite(server())));
      const response = await server().request(`/api/v1/events/${id}`, { method: "HEAD" });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("");
    });
  });
});
