import type { Audit } from "./audit.ts";
import type { StoredEvent } from "./event.ts";
import type { Position } from "./page.ts";
import type { EventReader } from "./ports.ts";

export interface ExportVisitorRequest {
  readonly siteId: number;
  readonly visitorId: string;
  /** Who: see `AuditRecord.by`. */
  readonly by: string;
}

/**
 * All events of a visitor that can be seen, oldest first, test events included, in bounded memory. The first page has
 * been read when it resolves, so that what is wrong is known before anything is answered.
 *
 * @throws what `EventReader.listEvents` throws.
 */
export type ExportVisitor = (request: ExportVisitorRequest) => Promise<AsyncIterable<readonly StoredEvent[]>>;

const PAGE_EVENTS = 500;

export function createExportVisitor(deps: { reader: EventReader; audit: Audit }): ExportVisitor {
  const { reader, audit } = deps;

  return async ({ siteId, visitorId, by }) => {
    const readPage = (after: Position | null) =>
      reader.listEvents({
        filter: { siteId, visitorId, includeTest: true },
        order: "asc",
        limit: PAGE_EVENTS,
        count: false,
        ...(after ? { after } : {}),
      });
    const first = await readPage(null);
    await audit.record({ action: "visitor.export", by, siteId });
    return (async function* () {
      let page = first;
      while (true) {
        yield page.events;
        if (page.next === null) return;
        page = await readPage(page.next);
      }
    })();
  };
}
