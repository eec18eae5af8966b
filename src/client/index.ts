import type * as contract from "./client.d.ts";
import { createId } from "./event-id.ts";
import { onPageHide } from "./page-hide.ts";
import { createPost } from "./post.ts";
import { createSender } from "./sender.ts";
import { sessionOf } from "./session.ts";

/** The longest that the server takes, in characters. */
const MAX_URL_LENGTH = 2_048;

const warn = ({ error, message, event }: contract.Rejection): void =>
  console.warn(`footfall: an event was rejected: ${error} ${message}`, event);

export const createClient: typeof contract.createClient = (options) => {
  const { trackingCode, batchSize = 10, batchAfterMs = 5_000, maxQueue = 1_000, onRejected = warn } = options;
  const sessionId = options.sessionId ?? sessionOf(() => sessionStorage);
  const visitorId = options.visitorId ?? sessionId;
  const sender = createSender({
    post: createPost(options),
    batchSize,
    batchAfterMs,
    maxQueue,
    // Apart: what it throws must not stop the queue.
    onRefused: (event, { error, message, details }) =>
      queueMicrotask(() => onRejected({ event, error, message, ...(details === undefined ? {} : { details }) })),
  });
  onPageHide(sender.leave);
  return {
    track(eventType, fields = {}) {
      const event = {
        trackingCode,
        eventType,
        url: globalThis.location?.href.slice(0, MAX_URL_LENGTH),
        referrer: globalThis.document?.referrer || undefined,
        sessionId,
        visitorId,
        timestamp: Date.now(),
        eventId: createId(),
        ...said(fields),
      };
      sender.add(event);
      return event.eventId;
    },
    flush: (timeoutMs = 10_000) => sender.flush(timeoutMs),
  };
};

/** Without what is undefined: that says no more than leaving it out. */
const said = (fields: contract.EventFields): contract.EventFields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
