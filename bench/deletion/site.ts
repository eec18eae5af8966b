import { KEY, type MeasuredServer } from "../servers.ts";

/** What the measurement asks of a server, over HTTP as everybody does. */
export interface MeasuredSite {
  readonly trackingCode: string;
  /** Of another site on the same server: what is posted there does not get in the way of what is listed here. */
  readonly otherCode: string;
  /** Stores events of one type in batches of 1,000, one second of event time apart from `firstMs` on. */
  fill(type: string, count: number, firstMs: number): Promise<void>;
  /** Deletes by a filter, and gives the deletion's path. */
  delete(filter: Readonly<Record<string, string>>): Promise<string>;
  watch(path: string): Promise<DeletionState>;
  /** Eight clients post one event after the other to the other site, with a breath between; how long each took, in ms. */
  postUntil(signal: AbortSignal): Promise<readonly number[]>;
  request(path: string, init?: RequestInit): Promise<Response>;
}

export interface DeletionState {
  readonly status: string;
  readonly events: number;
  readonly purged: number;
}

const BATCH = 1_000;
const IN_FLIGHT = 4;
const POSTING_CLIENTS = 8;
const BREATH_MS = 5;

export async function openSite(server: MeasuredServer): Promise<MeasuredSite> {
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  const request = (path: string, init: RequestInit = {}) => fetch(server.origin + path, { headers, ...init });

  async function read<T>(path: string, init?: RequestInit): Promise<T> {
    const answer = await request(path, init);
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  const { websites } = await read<{ websites: { trackingCode: string }[] }>("/api/v1/websites");
  const trackingCode = websites[0]?.trackingCode ?? "";
  const other = { method: "POST", body: JSON.stringify({ name: "Other", domain: "other.example" }) };
  const otherCode =
    websites[1]?.trackingCode ?? (await read<{ trackingCode: string }>("/api/v1/websites", other)).trackingCode;

  const eventOf = (type: string, n: number, timestamp: number, code = trackingCode) => ({
    trackingCode: code,
    eventType: type,
    ...(type === "custom" ? { eventName: "step" } : {}),
    url: `https://example.com/blog/article-${n % 500}`,
    referrer: "https://google.com/",
    sessionId: `sess-${n % 9_000}`,
    visitorId: `vis-${n % 5_000}`,
    deviceType: "desktop",
    browser: "Chrome",
    os: "Windows",
    location: "US",
    timestamp,
    properties: { articleId: `art-${n % 300}` },
  });

  return {
    trackingCode,
    otherCode,
    request,
    async fill(type, count, firstMs) {
      let next = 0;
      const send = async () => {
        while (next < count) {
          const from = next;
          next += BATCH;
          const length = Math.min(BATCH, count - from);
          const events = Array.from({ length }, (_, k) => eventOf(type, from + k, firstMs + (from + k) * 1_000));
          await read("/api/v1/events/batch", { method: "POST", body: JSON.stringify({ events }) });
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, send));
    },
    async delete(filter) {
      const query = new URLSearchParams({ trackingCode, ...filter });
      const { deletionId } = await read<{ deletionId: string }>(`/api/v1/events?${query}`, { method: "DELETE" });
      return `/api/v1/deletions/${deletionId}`;
    },
    watch: (path) => read<DeletionState>(path),
    async postUntil(signal) {
      const body = JSON.stringify(eventOf("pageview", 1, Date.now(), otherCode));
      const times: number[] = [];
      const post = async () => {
        while (!signal.aborted) {
          const startedAt = performance.now();
          await read("/api/v1/events", { method: "POST", body });
          times.push(performance.now() - startedAt);
          await Bun.sleep(BREATH_MS);
        }
      };
      await Promise.all(Array.from({ length: POSTING_CLIENTS }, post));
      return times;
    },
  };
}
