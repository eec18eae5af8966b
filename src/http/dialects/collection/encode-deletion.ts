import type { AuditEntry } from "../../../domain/audit.ts";
import type { DeletedEvents } from "../../../domain/delete-events.ts";
import { type Deletion, type DeletionFilter, waitingOf } from "../../../domain/deletion.ts";
import type { StoredEvent } from "../../../domain/event.ts";
import { websiteIdOf } from "../../../domain/site.ts";
import { isoTime } from "../../../lib/iso-time.ts";
import { encodeEvent } from "./encode.ts";

/** A deletion's id on this wire. */
export const encodeDeletionId = (id: number): string => `del-${id}`;

/** The id in a path, null when it cannot be one. */
export function decodeDeletionId(text: string): number | null {
  const id = /^del-([1-9]\d{0,14})$/.exec(text)?.[1];
  return id === undefined ? null : Number(id);
}

export function encodeDeletion(deletion: Deletion) {
  const { id, siteId, state, kind, filter, reason, by, createdAt, purgeAt, endedAt } = deletion;
  return {
    id: encodeDeletionId(id),
    websiteId: websiteIdOf({ id: siteId }),
    status: state,
    kind,
    filter: filter && encodeFilter(filter),
    reason,
    by,
    createdAt: isoTime(createdAt),
    purgeAt: isoTime(purgeAt),
    endedAt: endedAt === null ? null : isoTime(endedAt),
    events: deletion.events,
    restored: deletion.restored,
    purged: deletion.purged,
    progress: progressOf(deletion),
  };
}

/** How far it has been carried out; the total is a count from its start, which others may have changed since. */
function progressOf(deletion: Deletion): { done: number; total: number } | null {
  const { state, events, expected } = deletion;
  switch (state) {
    case "deleting":
    case "erasing":
      return { done: events, total: Math.max(expected, events) };
    case "restoring":
      return { done: Math.max(0, expected - waitingOf(deletion)), total: expected };
    case "purging":
      return { done: deletion.purged, total: deletion.purged + waitingOf(deletion) };
    default:
      return null;
  }
}

/** The filter as parameters of the list. */
function encodeFilter(filter: DeletionFilter): Record<string, unknown> {
  const { type, name, pathPrefix, from, to, ...same } = filter;
  return {
    ...same,
    ...(type === undefined ? {} : { eventType: type }),
    ...(name === undefined ? {} : { eventName: name }),
    ...(pathPrefix === undefined ? {} : { path: pathPrefix }),
    ...(from === undefined ? {} : { from: isoTime(from) }),
    ...(to === undefined ? {} : { to: isoTime(to) }),
  };
}

/** What was deleted, or would be. */
export function encodeDeleted({ events, deletion, purgeAt }: DeletedEvents, isDryRun: boolean) {
  return {
    deleted: events,
    purgeAt: deletion || (isDryRun && events > 0) ? isoTime(purgeAt) : null,
    deletionId: deletion && encodeDeletionId(deletion.id),
    ...(isDryRun ? { dryRun: true as const } : {}),
  };
}

export function encodeAuditEntry({ id, at, action, by, siteId, subject, events }: AuditEntry) {
  const isOfKey = action.startsWith("key.");
  return {
    id: id.toString(36),
    at: isoTime(at),
    action,
    by,
    websiteId: siteId === null ? null : websiteIdOf({ id: siteId }),
    deletionId: subject === null || isOfKey ? null : encodeDeletionId(Number(subject)),
    keyId: isOfKey ? subject : null,
    events,
  };
}

/** Everything that is stored of an event, as one line of JSON: what the list shows, and what it does not. */
export function encodeWholeEvent(event: StoredEvent): string {
  const { path, region, city, botName, botCompany, aiSource, clickId, customerKey, isTest, data } = event;
  const more = JSON.stringify({ path, region, city, botName, botCompany, aiSource, clickId, customerKey, isTest });
  // As it is stored: parsing and writing it again would lose number literals.
  return `${encodeEvent(event, event).slice(0, -1)},${more.slice(1, -1)},"data":${data}}\n`;
}
