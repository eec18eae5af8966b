import type { Clock } from "../lib/clock.ts";
import { eventNotFound } from "./delete-event.ts";
import type { DeletionStore } from "./deletion-ports.ts";
import { beingCarriedOut } from "./deletion-room.ts";
import type { StoredEvent } from "./event.ts";
import type { EventReader } from "./ports.ts";

export interface RestoreEventRequest {
  readonly id: number;
  /** Whether events of this site may be restored; of any other site there is no such event. */
  readonly isOwn: (siteId: number) => Promise<boolean>;
  /** Who: see `AuditRecord.by`. */
  readonly by: string;
}

/**
 * Brings a deleted event back, and gives it. One that is not deleted stays as it is: a repeat does no harm.
 *
 * @throws `not_found` once its purge has begun; `overloaded` while a large deletion of its site is being carried out.
 */
export type RestoreEvent = (request: RestoreEventRequest) => Promise<StoredEvent>;

export function createRestoreEvent(deps: {
  reader: EventReader;
  deletions: DeletionStore;
  clock: Clock;
}): RestoreEvent {
  const { reader, deletions, clock } = deps;
  return async ({ id, isOwn, by }) => {
    const siteId = await deletions.siteOfEvent(id);
    if (siteId === null || !(await isOwn(siteId))) throw eventNotFound();
    const outcome = await deletions.restoreEvent({ id, by, nowMs: clock.now() });
    if (outcome === "busy") throw beingCarriedOut();
    const event = outcome === "restored" ? await reader.findEvent(id) : null;
    if (!event) throw eventNotFound();
    return event;
  };
}
