import type { Clock } from "../lib/clock.ts";
import { createRateLimiter, type Rate } from "../lib/rate-limiter.ts";
import type { AppError } from "./errors.ts";
import { hide, maskEvent } from "./mask-event.ts";
import {
  MAX_REJECTION_BYTES,
  REASON_OF,
  REJECTIONS_KEPT,
  type RejectionReason,
  type RejectionStore,
} from "./rejection.ts";
import { cleanText } from "./text.ts";

/** An event that was not taken, and why. */
export interface RejectedEvent {
  readonly siteId: number | null;
  readonly dialect: string;
  readonly error: AppError;
  /** As it was sent, or the text that is no JSON; undefined where it was not read. */
  readonly event?: unknown;
}

export type NoteRejection = (rejected: RejectedEvent) => void;

/** Is told of each rejected event, kept or not. Must neither throw nor wait. */
export type ObserveRejection = (reason: RejectionReason) => void;

/**
 * Of each site and reason, as many are kept at once as there is room for, and then ten a minute: an
 * accident is kept whole, and who sends rubbish all day long costs the disk next to nothing.
 */
const KEPT: Rate = { limit: REJECTIONS_KEPT, windowMs: (REJECTIONS_KEPT / 10) * 60_000 };

/** Sites times reasons; with more of them, some are kept more often. */
const REMEMBERED = 2 ** 13;

/** In bytes, of {@link MAX_REJECTION_BYTES}. */
const MAX_MESSAGE_BYTES = 300;
const MAX_FIELDS_BYTES = 600;
const MAX_EVENT_BYTES = MAX_REJECTION_BYTES - MAX_MESSAGE_BYTES - MAX_FIELDS_BYTES;

/** Keeps what can be shown of events that were not taken. It never fails and nothing waits for it. */
export function createNoteRejection(deps: {
  rejections: RejectionStore;
  clock: Clock;
  observeRejection: ObserveRejection;
}): NoteRejection {
  const { rejections, clock, observeRejection } = deps;
  const limiter = createRateLimiter({ clock, capacity: REMEMBERED });

  return ({ siteId, dialect, error, event }) => {
    const reason = reasonOf(error, siteId);
    if (reason === null) return;
    observeRejection(reason);
    if (!limiter.take(`${siteId ?? ""} ${reason}`, KEPT).isAllowed) return;
    const masked = event === undefined ? null : maskEvent(event);
    const text = masked && cut(masked.text, MAX_EVENT_BYTES);
    rejections.keep({
      at: clock.now(),
      siteId,
      dialect,
      reason,
      message: cut(hide(error.message), MAX_MESSAGE_BYTES),
      fields: fieldsOf(error),
      event: text,
      isTruncated: masked !== null && (masked.isTruncated || text !== cleanText(masked.text)),
    });
  };
}

/** Some APIs answer a code that no site has as they answer one that the sender may not use. */
function reasonOf({ code }: AppError, siteId: number | null): RejectionReason | null {
  const reason = REASON_OF[code];
  return reason === "forbidden" && siteId === null ? "unknown_site" : reason;
}

/** As many of the fields as there is room for. */
function fieldsOf({ fieldErrors }: AppError): string | null {
  if (!fieldErrors) return null;
  const shown: Record<string, readonly string[]> = {};
  let left = MAX_FIELDS_BYTES - 2;
  for (const [field, messages] of Object.entries(fieldErrors)) {
    const [name, sentences] = [cleanText(hide(field)), messages.map((message) => cleanText(hide(message)))];
    left -= Buffer.byteLength(JSON.stringify({ [name]: sentences }));
    if (left < 0) break;
    shown[name] = sentences;
  }
  return JSON.stringify(shown);
}

const encoder = new TextEncoder();

/** The beginning of a text: whole characters that can be stored. */
function cut(text: string, maxBytes: number): string {
  const clean = cleanText(text);
  const { read } = encoder.encodeInto(clean, new Uint8Array(maxBytes));
  return clean.slice(0, read);
}
