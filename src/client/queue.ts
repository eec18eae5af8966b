/** An event that waits for its answer. */
export interface Queued {
  readonly event: Readonly<Record<string, unknown>>;
  /** The event as JSON. */
  readonly json: string;
}

/** What browsers take along when a page is left: 64 KiB, with room for what surrounds the events. */
const MAX_BYTES = 60_000;

const MAX_EVENTS = 100;

/** The first of them that fit into one request; at least one, however large it is. */
export function takeBatch(queue: readonly Queued[], maxEvents = MAX_EVENTS): readonly Queued[] {
  let bytes = 0;
  let end = 0;
  for (const { json } of queue) {
    // A UTF-16 unit has at most three bytes; counting them costs more than a request too many.
    bytes += /[^\0-\x7f]/.test(json) ? json.length * 3 : json.length;
    if (end > 0 && (bytes > MAX_BYTES || end >= maxEvents)) break;
    end += 1;
  }
  return queue.slice(0, end);
}

export const bodyOf = (batch: readonly Queued[]): string => `{"events":[${batch.map(({ json }) => json).join()}]}`;
