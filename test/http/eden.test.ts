import { describe, expect, test } from "bun:test";
import { treaty } from "@elysiajs/eden";
import type { Footfall } from "../../src/http/api.ts";
import { startApp, useServer } from "../support/server.ts";

const server = useServer(() => startApp());

/** As the guide says: without `parseDate` the client would make Date objects of texts that are none by type. */
const connect = (key: string | null = server().adminKey) =>
  treaty<Footfall>(server().url, {
    parseDate: false,
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
  }).api.v1;

const event = (trackingCode: string) =>
  ({ trackingCode, eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" }) as const;

describe("a client made of the API's type by Eden", () => {
  test("registers a website, posts to it, lists and gets", async () => {
    const api = connect();
    const website = await api.websites.post({ name: "A", domain: "a.example" });
    const trackingCode: string = website.data?.trackingCode ?? "";
    expect(website.status).toBe(201);

    const stored = await api.events.post({ ...event(trackingCode), properties: { plan: "pro" } });
    const eventId: string = stored.data?.id ?? "";
    expect(stored.data).toMatchObject({ eventType: "click", properties: { plan: "pro" } });

    const batch = await api.events.batch.post({ events: [event(trackingCode), {}] });
    const created: number | undefined = batch.data?.eventsCreated;
    expect(batch.status).toBe(207);
    expect(created).toBe(1);
    expect(batch.data?.errors?.map(({ index, error }) => [index, error])).toEqual([[1, "VALIDATION_ERROR"]]);

    const list = await api.events.get({ query: { trackingCode, eventType: "click", limit: "1" } });
    const total: number | null | undefined = list.data?.pagination.total;
    expect(total).toBe(2);
    expect(list.data?.events).toHaveLength(1);
    const createdAt: string | undefined = list.data?.events[0]?.createdAt;
    expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT/);

    const one = await api.events({ id: eventId }).get();
    expect(one.data?.properties).toEqual({ plan: "pro" });
  });

  test("gets an error as one", async () => {
    const answer = await connect(null).websites.get();
    expect(answer.data).toBeNull();
    expect(answer.status).toBe(401);
    expect(answer.error?.value as unknown).toMatchObject({ error: "UNAUTHORIZED" });
  });

  /** Only compiled: what is wrong is wrong before it runs. */
  const wrong = () => {
    const api = connect();
    return [
      // @ts-expect-error There is no such type of event.
      () => api.events.post({ ...event("pm-a-1"), eventType: "purchase" }),
      // @ts-expect-error The page is missing.
      () => api.events.post({ trackingCode: "pm-a-1", eventType: "click", sessionId: "s", visitorId: "v" }),
      // @ts-expect-error The tracking code is missing.
      () => api.events.get({ query: {} }),
      // @ts-expect-error There is no such route.
      () => api.nothing.get(),
      // @ts-expect-error A website has no such field.
      async () => (await api.websites.get()).data?.websites[0]?.colour,
    ];
  };

  test("does not compile what is wrong", () => {
    expect(wrong()).toHaveLength(5);
  });
});
