import type { StoredEvent } from "./testing.d.ts";

const PAGE_SIZE = 1_000;

interface Page {
  readonly events: readonly StoredEvent[];
  readonly pagination: { readonly nextCursor: string | null };
}

/** Events in the order in which they came: each call gives those that the calls before it did not. */
export type ReadNewEvents = () => Promise<readonly StoredEvent[]>;

export function createReadNewEvents(server: { url: string; trackingCode: string; key: string }): ReadNewEvents {
  const { url, trackingCode, key } = server;
  let cursor: string | null = null;

  async function readPage(): Promise<Page> {
    const query = new URLSearchParams({
      trackingCode,
      order: "received",
      limit: String(PAGE_SIZE),
      count: "false",
      includeTest: "true",
      ...(cursor === null ? {} : { cursor }),
    });
    const answer = await fetch(`${url}/api/v1/events?${query}`, { headers: { authorization: `Bearer ${key}` } });
    if (!answer.ok) throw new Error(`The events could not be read (${answer.status}): ${await answer.text()}`);
    return (await answer.json()) as Page;
  }

  return async () => {
    const found: StoredEvent[] = [];
    for (;;) {
      const { events, pagination } = await readPage();
      found.push(...events);
      cursor = pagination.nextCursor ?? cursor;
      if (events.length < PAGE_SIZE) return found;
    }
  };
}
