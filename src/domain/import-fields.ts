import type { NewEvent } from "./event.ts";

/** Fields that lines to import call alike, whatever wrote them. Null means the same as leaving one out. */
type Line = { readonly [Field in LineField]?: string | null | undefined } & { readonly isTest?: boolean | null };

type LineField =
  | "eventName"
  | "visitorId"
  | "sessionId"
  | "url"
  | "deviceType"
  | "browser"
  | "os"
  | "location"
  | "region"
  | "city"
  | "botName"
  | "botCompany"
  | "aiSource"
  | "clickId"
  | "customerKey";

/** What an event has of a line as it stands there. */
export const fieldsOf = (line: Line) =>
  ({
    name: line.eventName ?? null,
    visitorId: line.visitorId ?? null,
    sessionId: line.sessionId ?? null,
    url: line.url ?? null,
    device: line.deviceType ?? null,
    browser: line.browser ?? null,
    os: line.os ?? null,
    country: line.location ?? null,
    region: line.region ?? null,
    city: line.city ?? null,
    botName: line.botName ?? null,
    botCompany: line.botCompany ?? null,
    aiSource: line.aiSource ?? null,
    clickId: line.clickId ?? null,
    customerKey: line.customerKey ?? null,
    isTest: line.isTest ?? false,
  }) satisfies Partial<NewEvent>;
