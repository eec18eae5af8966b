import { describe, expect, test } from "bun:test";
import { getDocument } from "./api-document.ts";

const document = await getDocument();

describe("the collection dialect", () => {
  const schemas: Readonly<Record<string, Record<string, unknown>>> = document.components.schemas;
  const event = schemas.CreateEvent as {
    required: string[];
    properties: Record<string, { type: unknown; enum?: unknown[] }>;
  };

  test("shows the published guide's fields, and which of them are required", () => {
    const required = ["trackingCode", "eventType", "url", "sessionId", "visitorId"];
    const optional = ["referrer", "deviceType", "browser", "os", "location", "timestamp", "properties"];
    expect(event.required.toSorted()).toEqual(required.toSorted());
    expect(Object.keys(event.properties)).toEqual(expect.arrayContaining([...required, ...optional]));
    for (const name of optional) expect(event.properties[name]?.type).toContain("null");
    expect(event.properties.timestamp?.type).toEqual(["number", "null"]);
    expect(event.properties.properties?.type).toEqual(["object", "null"]);
  });

  test("shows a choice as an enum", () => {
    expect(event.properties.eventType).toMatchObject({ type: "string", enum: expect.arrayContaining(["pageview"]) });
    expect(event.properties.deviceType?.enum).toEqual(["mobile", "tablet", "desktop", null]);
  });

  test("shows a batch's events as what they have to be", () => {
    expect(schemas.CreateEventBatch?.properties).toMatchObject({
      events: { type: "array", items: { $ref: "#/components/schemas/CreateEvent" }, minItems: 1, maxItems: 1000 },
    });
  });

  test("shows whole numbers in a query as numbers", () => {
    const parameters = document.paths["/api/v1/events"]?.get?.parameters ?? [];
    const find = (name: string) => parameters.find((parameter) => parameter.name === name);
    expect(find("limit")?.schema).toEqual({ type: "integer", minimum: 1, default: 100 });
    expect(find("offset")?.schema).toEqual({ type: "integer", minimum: 0, default: 0 });
    expect(find("trackingCode")?.required).toBe(true);
    expect(find("eventType")?.required).toBe(false);
  });

  test("shows an event once, under its name", () => {
    const event = { $ref: "#/components/schemas/Event" };
    expect(schemas.EventList?.properties).toMatchObject({ events: { type: "array", items: event } });
    const content = { "application/json": { schema: event } };
    expect(document.paths["/api/v1/events"]?.post?.responses["201"]?.content).toEqual(content);
    expect(document.paths["/api/v1/events/{id}"]?.get?.responses["200"]?.content).toEqual(content);
  });
});
