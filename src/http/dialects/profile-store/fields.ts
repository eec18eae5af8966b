import type { EventColumn } from "../../../query/expr.ts";

/** The fields of a track event in their order, and what they are of an event. */
export const FIELDS = {
  TrackId: "id",
  DeviceId: "visitorId",
  EventType: "type",
  Value: "name",
  Scope: "scope",
  PageUri: "url",
  PageTitle: "pageTitle",
  RemoteAddress: "remoteAddress",
  SessionId: "sessionId",
  User: "user",
  Payload: "properties",
  CountryCode: "country",
  City: "city",
  EventTime: "occurredAt",
} as const satisfies Readonly<Record<string, EventColumn>>;
