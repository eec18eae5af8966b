import { expect } from "bun:test";
import { ADMIN_KEY } from "../../support/server.ts";
import { type Answer, type Connection, connect, type WireRequest } from "./connection.ts";
import type { StartedServer } from "./server.ts";

/** Fields of an event as JSON source: what `JSON.stringify` could never write can be sent, too. */
export type RawFields = Readonly<Record<string, string>>;

export interface Posted {
  readonly status: number;
  /** Of an event that is stored; empty for one that is refused. */
  readonly id: string;
  readonly body: string;
}

declare module "bun:test" {
  interface Matchers<T> {
    /** Answered 4xx, in JSON. */
    toBeRefused(): T;
  }
}

expect.extend({
  toBeRefused(received: unknown) {
    const { status, body } = received as { status: number; body: string | Buffer };
    const isRefused = status >= 400 && status < 500 && isJson(String(body));
    return { pass: isRefused, message: () => `${status} ${String(body).slice(0, 500)}` };
  },
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export type CollectionClient = ReturnType<typeof createCollectionClient>;

/** Speaks to the collection API byte by byte, and remembers what was stored. */
export function createCollectionClient(server: StartedServer) {
  const stored = new Set<string>();
  let connection: Connection | undefined;

  async function send(request: WireRequest): Promise<Answer> {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, ...request.headers };
    connection ??= await connect(server.url);
    try {
      const answer = await connection.send({ ...request, headers });
      if (answer.headers.get("connection") === "close") close();
      return answer;
    } catch (error) {
      close();
      throw error;
    }
  }

  function close(): void {
    connection?.close();
    connection = undefined;
  }

  /** An event that is valid but for what `fields` say. */
  function bodyOf(fields: RawFields): string {
    const all: RawFields = {
      trackingCode: `"${server.trackingCode}"`,
      eventType: '"custom"',
      url: '"https://shop.example.com/"',
      sessionId: '"s"',
      visitorId: '"v"',
      ...fields,
    };
    const members = Object.keys(all).map((name) => `${JSON.stringify(name)}:${all[name]}`);
    return `{${members.join()}}`;
  }

  function note(status: number, body: string): Posted {
    const id = status < 300 ? (JSON.parse(body) as { id: string }).id : "";
    if (id !== "") stored.add(id);
    return { status, id, body };
  }

  async function get(id: string): Promise<string> {
    const answer = await send({ method: "GET", path: `/api/v1/events/${id}` });
    expect(answer.status).toBe(200);
    return answer.body.toString();
  }

  async function post(fields: RawFields): Promise<Posted> {
    const answer = await send({ method: "POST", path: "/api/v1/events", body: bodyOf(fields) });
    return note(answer.status, answer.body.toString());
  }

  /** The properties as the very text that the server sends; they stand last. */
  async function getProperties(id: string): Promise<string> {
    const text = await get(id);
    const start = ',"properties":';
    return text.slice(text.indexOf(start) + start.length, -1);
  }

  return {
    send,
    close,
    bodyOf,
    /** Ids of all events that were stored. */
    stored: (): ReadonlySet<string> => stored,
    post,
    /** What became of each event; of all together where the batch was refused as a whole. */
    async postBatch(events: readonly RawFields[]): Promise<readonly Posted[]> {
      const body = `{"events":[${events.map(bodyOf).join()}]}`;
      const answer = await send({ method: "POST", path: "/api/v1/events/batch", body });
      const text = answer.body.toString();
      if (answer.status >= 300) return events.map(() => ({ status: answer.status, id: "", body: text }));
      const result = JSON.parse(text) as { events: { id: string }[]; errors?: { index: number; error: string }[] };
      const good = [...result.events];
      return events.map((_, index) => {
        const error = result.errors?.find((one) => one.index === index);
        const status = error?.error === "INTERNAL_SERVER_ERROR" ? 500 : error ? 400 : 201;
        return note(status, JSON.stringify(error ?? good.shift()));
      });
    },
    get: async (id: string): Promise<Record<string, unknown>> => JSON.parse(await get(id)),
    getProperties,
    /** Posts properties and expects them back as the same JSON value, names in the same order. */
    async expectSame(properties: string): Promise<void> {
      const { id, status } = await post({ properties });
      expect(status).toBe(201);
      expect(await getProperties(id)).toBe(JSON.stringify(JSON.parse(properties)));
    },
  };
}
