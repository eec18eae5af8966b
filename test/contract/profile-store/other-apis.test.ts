import { describe, expect, test } from "bun:test";
import { onEveryQueryTarget, type TestServer } from "../../support/server.ts";
import { expectStatus, listed, postTrack, previewed, track } from "./fixture.ts";

let sites = 0;

async function createSite(
  server: TestServer,
): Promise<Record<"scope" | "trackingCode" | "siteId" | "siteKey", string>> {
  sites += 1;
  const json = { name: "A site", domain: `other-apis-${sites}-${server.url.split(":").at(-1)}.example` };
  return (await expectStatus(await server.request("/api/v1/websites", { json }), 201)) as never;
}

describe("one event, other APIs", () => {
  onEveryQueryTarget((server) => {
    const read = async (path: string) => (await expectStatus(await server().request(path), 200)) as never;

    test("what is tracked here is listed, filtered and deleted through the collection API", async () => {
      const { scope, trackingCode } = await createSite(server());
      await postTrack(server(), track({ Scope: scope, Value: "another" }));
      await postTrack(server(), {
        Scope: scope,
        DeviceId: "d-1",
        EventType: "order",
        Value: "Order 17",
        PageUri: "https://example.com/cart",
        SessionId: "s-1",
        CountryCode: "SE",
        Payload: { amount: 99.9 },
        User: { Email: "anna@example.com" },
        EventTime: "2026-06-14T08:05:00.1234567Z",
      });
      const list = `/api/v1/events?trackingCode=${trackingCode}`;
      const found = (await read(`${list}&eventType=order&visitorId=d-1`)) as { events: { id: string }[] };
      expect(found.events).toMatchObject([
        {
          eventType: "order",
          eventName: "Order 17",
          visitorId: "d-1",
          sessionId: "s-1",
          url: "https://example.com/cart",
          location: "SE",
          timestamp: Date.UTC(2026, 5, 14, 8, 5, 0, 123),
          properties: { amount: 99.9 },
        },
      ]);
      const path = `/api/v1/events/${found.events[0]?.id}`;
      await expectStatus(await server().request(path, { method: "DELETE" }), 200);
      expect(await previewed(server(), "Events | project Value", scope)).toEqual({
        items: [{ Value: "another" }],
        count: 1,
      });
    });

    test("what was posted to the collection API is listed and queried here", async () => {
      const { scope, trackingCode } = await createSite(server());
      const event = {
        trackingCode,
        eventType: "custom",
        eventName: "Sign-up",
        url: "https://example.com/join",
        sessionId: "s-1",
        visitorId: "v-1",
        location: "DE",
        properties: { plan: "pro" },
        timestamp: Date.UTC(2026, 5, 14, 8, 5),
      };
      await expectStatus(await server().request("/api/v1/events", { json: event }), 201);
      const shown = {
        DeviceId: "v-1",
        EventType: "custom",
        Value: "Sign-up",
        Scope: scope,
        PageUri: "https://example.com/join",
        SessionId: "s-1",
        User: null,
        Payload: { plan: "pro" },
        CountryCode: "DE",
        EventTime: "2026-06-14T08:05:00.0000000Z",
      };
      const filter = `Scope eq ${scope} and Payload.plan eq pro`;
      expect((await listed(server(), { $filter: filter })).items).toMatchObject([shown]);
      expect((await previewed(server(), "Events | where Payload.plan == 'pro'", scope)).items).toMatchObject([shown]);
    });

    test("a conversion is one in the site-events API, and the other way round", async () => {
      const { scope, siteId, siteKey } = await createSite(server());
      await postTrack(server(), track({ Scope: scope, EventType: "conversion", Value: "Order" }));
      const conversion = { t: "conversion", k: siteKey, p: "/thanks", name: "Sign-up", value: 10 };
      await expectStatus(await server().request("/api/t", { json: conversion }), 201);
      const { events } = (await read(`/api/v1/sites/${siteId}/events?type=conversion`)) as { events: object[] };
      expect(events).toMatchObject([{ event_name: "Sign-up" }, { event_name: "Order" }]);
      const query = "Events | where EventType == 'conversion' | project Value | sort by Value asc";
      expect((await previewed(server(), query, scope)).items).toEqual([{ Value: "Order" }, { Value: "Sign-up" }]);
    });
  });
});
