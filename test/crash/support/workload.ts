import { ADMIN_KEY } from "../../support/server.ts";
import { type Answer, type Connection, ConnectionLostError, connect, type WireRequest } from "./connection.ts";
import type { Ledger, SentEvent } from "./ledger.ts";
import type { Random } from "./random.ts";

/** One of the clients that use the server at the same time, on a connection of its own. */
export interface Writer {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly trackingCode: string;
  /** Sends a request with the admin key, counts its status, and reports one that is not expected. */
  request(request: WireRequest): Promise<Answer>;
  /** The server said that it has stored these events now, in this order. */
  stored(events: readonly SentEvent[], ids: readonly string[]): void;
}

/** One thing that clients do. A new kind of request is one more row of a table. */
export interface Operation {
  readonly name: string;
  /** How often, relative to the others. */
  readonly weight: number;
  run(writer: Writer): Promise<void>;
}

const EVENTS = "/api/v1/events";

/** A new event, alone. */
export const postSingle: Operation = {
  name: "single",
  weight: 50,
  run: (writer) => post(writer, writer.ledger.create({ withEventId: true })),
};

/** A new event that has no `eventId`. */
export const postUnnamed: Operation = {
  name: "unnamed",
  weight: 10,
  run: (writer) => post(writer, writer.ledger.create({ withEventId: false })),
};

/** An event that was sent before, by this client or another, answered or not. */
export const postAgain: Operation = {
  name: "retry",
  weight: 15,
  async run(writer) {
    const event = writer.ledger.pickSent(writer.random);
    if (event) await post(writer, event);
  },
};

/** Up to 50 new events with repeats among them. */
export const postBatch: Operation = {
  name: "batch",
  weight: 15,
  async run(writer) {
    const { ledger, random } = writer;
    const events = Array.from({ length: random.between(1, 50) }, () => {
      const repeated = random.between(1, 5) === 1 ? ledger.pickSent(random) : undefined;
      return repeated ?? ledger.create({ withEventId: random.between(1, 5) > 1 });
    });
    const body = { events: events.map((event) => ({ ...event, trackingCode: writer.trackingCode })) };
    const known = events.map((event) => ledger.acknowledgedId(event));
    const answer = await writer.request({ method: "POST", path: `${EVENTS}/batch`, body: JSON.stringify(body) });
    if (answer.status !== 201) return;
    const results = JSON.parse(answer.body.toString()).events as { id: string; duplicate?: true }[];
    if (results.length !== events.length) ledger.report(`${results.length} results for ${events.length} events`);
    const isNew = results.map((result) => result.duplicate !== true);
    for (const [position, event] of events.entries()) {
      const id = results[position]?.id ?? "";
      if (isNew[position] && known[position] !== undefined) ledger.report(`${event.eventId} was stored twice`);
      if (!isNew[position]) ledger.acknowledge(event, id);
    }
    writer.stored(
      events.filter((_, position) => isNew[position]),
      results.filter((_, position) => isNew[position]).map((result) => result.id),
    );
  },
};

/** A page of the list, so that reads pin the log while it is written and cut. */
export const listEvents: Operation = {
  name: "list",
  weight: 10,
  async run(writer) {
    const limit = writer.random.between(1, 50);
    const answer = await writer.request({
      method: "GET",
      path: `${EVENTS}?trackingCode=${writer.trackingCode}&limit=${limit}`,
    });
    if (answer.status === 200) JSON.parse(answer.body.toString());
  },
};

/** One of the events that this or another client has stored. */
export const deleteEvent: Operation = {
  name: "delete",
  weight: 10,
  async run(writer) {
    const chosen = writer.ledger.pickForDeletion(writer.random);
    if (!chosen) return;
    const answer = await writer.request({ method: "DELETE", path: `${EVENTS}/${chosen.id}` });
    if (answer.status === 200) writer.ledger.confirmDeletion(chosen.event);
  },
};

export const OPERATIONS: readonly Operation[] = [
  postSingle,
  postUnnamed,
  postAgain,
  postBatch,
  listEvents,
  deleteEvent,
];

async function post(writer: Writer, event: SentEvent): Promise<void> {
  const { ledger, trackingCode } = writer;
  const known = ledger.acknowledgedId(event);
  const answer = await writer.request({
    method: "POST",
    path: EVENTS,
    body: JSON.stringify({ ...event, trackingCode }),
  });
  if (answer.status !== 200 && answer.status !== 201) return;
  const { id } = JSON.parse(answer.body.toString()) as { id: string };
  if (answer.status === 200) return ledger.acknowledge(event, id);
  if (known !== undefined) ledger.report(`${event.eventId} was stored twice`);
  writer.stored([event], [id]);
}

export interface Load {
  readonly url: string;
  readonly trackingCode: string;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly writers: number;
  readonly operations?: readonly Operation[];
  /** Statuses beside 200 and 201 that may come, if they say when to try again. */
  readonly refusals?: readonly number[];
  /** Writers finish what is under way and stop. Without it they go on until the server is gone. */
  readonly until?: AbortSignal;
}

/** What broke under a writer: the server was stopped or killed. */
export interface LoadResult {
  readonly broken: readonly ConnectionLostError[];
}

/** Uses a server from many connections at once. */
export async function applyLoad(load: Load): Promise<LoadResult> {
  const broken: ConnectionLostError[] = [];
  await Promise.all(
    Array.from({ length: load.writers }, async () => {
      try {
        await useConnection(load, await connect(load.url));
      } catch (error) {
        if (!(error instanceof ConnectionLostError)) throw error;
        broken.push(error);
      }
    }),
  );
  return { broken };
}

async function useConnection(load: Load, connection: Connection): Promise<void> {
  using _ = connection;
  const { operations = OPERATIONS, until } = load;
  const random = load.random.fork();
  const writer = createWriter(load, connection, random);
  const drawn = operations.flatMap((operation) => Array.from({ length: operation.weight }, () => operation));
  while (!until?.aborted) await random.pick(drawn)?.run(writer);
}

function createWriter(load: Load, connection: Connection, random: Random): Writer {
  const { ledger, trackingCode, refusals = [] } = load;
  const expected = new Set([200, 201, ...refusals]);
  let lastId = 0;
  return {
    ledger,
    random,
    trackingCode,
    async request(request) {
      const headers = { authorization: `Bearer ${ADMIN_KEY}`, ...request.headers };
      const answer = await connection.send({ ...request, headers });
      ledger.countStatus(answer.status);
      if (!expected.has(answer.status)) ledger.report(`${request.method} → ${answer.status} ${answer.body}`);
      if (refusals.includes(answer.status) && !(Number(answer.headers.get("retry-after")) > 0)) {
        ledger.report(`${answer.status} does not say when to try again`);
      }
      return answer;
    },
    stored(events, ids) {
      for (const [position, event] of events.entries()) {
        const id = ids[position] ?? "";
        const number = Number.parseInt(id, 36);
        if (!(number > lastId)) ledger.report(`id ${number} after ${lastId} on one connection`);
        lastId = number;
        ledger.acknowledge(event, id);
      }
    },
  };
}
