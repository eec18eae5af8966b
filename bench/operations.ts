import type { BenchClient } from "./client.ts";

/** What is asked of a filled database. */
export interface Operation {
  readonly name: string;
  /** How often it is asked; the median counts. */
  readonly times: number;
  /** Whether the work grows with the events: what others must not notice. */
  readonly isHeavy?: true;
  /** The path that the server must have. */
  readonly needs?: string;
  /** What is found out once, before: then one question. */
  prepare(client: BenchClient, events: number): Promise<() => Promise<unknown>>;
}

const EVENTS = "/api/v1/events";
const ODATA = "/api/v2.0/TrackEvents";

interface Page {
  readonly events: readonly { readonly id: string; readonly timestamp: number }[];
  readonly pagination: { readonly nextCursor: string };
}

const list = (client: BenchClient, query: string) => `${EVENTS}?trackingCode=${client.trackingCode}&${query}`;

/** The page with one event at a depth. */
const pageAt = async (client: BenchClient, depth: number): Promise<Page> =>
  JSON.parse(await client.ask(list(client, `limit=1&count=false&offset=${depth}`)));

export const OPERATIONS: readonly Operation[] = [
  {
    name: "latest 100, exact total",
    times: 100,
    prepare: async (client) => () => client.ask(list(client, "limit=100")),
  },
  {
    name: "page of 100 by cursor, half-way",
    times: 100,
    async prepare(client, events) {
      const { pagination } = await pageAt(client, Math.floor(events / 2));
      const path = list(client, `limit=100&cursor=${encodeURIComponent(pagination.nextCursor)}`);
      return () => client.ask(path);
    },
  },
  {
    name: "one event by id",
    times: 200,
    async prepare(client, events) {
      const { events: found } = await pageAt(client, Math.floor(events / 2));
      return () => client.ask(`${EVENTS}/${found[0]?.id}`);
    },
  },
  {
    name: "total alone",
    times: 100,
    prepare: async (client) => () => client.ask(list(client, "limit=1")),
  },
  {
    name: "total of a time range, part-days at both ends",
    times: 20,
    async prepare(client, events) {
      const ends = [Math.floor(events * 0.9), Math.floor(events * 0.1)];
      const [from, to] = await Promise.all(
        ends.map(async (depth) => (await pageAt(client, depth)).events[0]?.timestamp),
      );
      return () => client.ask(list(client, `limit=1&from=${from}&to=${to}`));
    },
  },
  {
    name: "filter by visitor",
    isHeavy: true,
    times: 3,
    prepare: async (client) => () => client.ask(list(client, "limit=100&visitorId=vis-77")),
  },
  {
    name: "OData: type and time, 100 newest",
    isHeavy: true,
    times: 5,
    needs: ODATA,
    prepare: async (client) => () =>
      client.ask(`${ODATA}?$filter=${encodeURIComponent("EventType eq 'click'")}&$orderby=EventTime%20desc&$top=100`),
  },
  {
    name: "KQL: count by day",
    isHeavy: true,
    times: 3,
    needs: `${ODATA}/preview`,
    prepare: async (client) => () =>
      client.ask(`${ODATA}/preview`, {
        method: "POST",
        body: { Query: "Events | summarize count() by bin(EventTime, 1d)", Scope: "default" },
      }),
  },
];

/** In ms; null where the server has no such route, or gives up in time, as it is made to. */
export async function measureOperation(client: BenchClient, operation: Operation, events: number) {
  if (operation.needs !== undefined && !client.has(operation.needs)) return null;
  try {
    const ask = await operation.prepare(client, events);
    await ask();
    const times: number[] = [];
    for (let n = 0; n < operation.times; n++) {
      const startedAt = performance.now();
      await ask();
      times.push(performance.now() - startedAt);
    }
    return median(times);
  } catch (error) {
    console.error(`${operation.name}: ${(error as Error).message}`);
    return null;
  }
}

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
