import { and, asc, eq, isNull, type SQL } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { SiteStore } from "../domain/ports.ts";
import type { Site, SiteReference } from "../domain/site.ts";
import type { StoreWriter } from "./event-writer.ts";
import { answerOf } from "./read-failure.ts";
import type { Recall } from "./recall.ts";
import { sites } from "./schema.ts";

const columns = {
  id: sites.id,
  name: sites.name,
  domain: sites.domain,
  description: sites.description,
  trackingCode: sites.trackingCode,
  siteKey: sites.siteKey,
  scope: sites.scope,
  createdAt: sites.createdAt,
  publicRead: sites.publicRead,
  allowedOrigins: sites.allowedOrigins,
  honorGpc: sites.honorGpc,
  honorDnt: sites.honorDnt,
  retentionDays: sites.retentionDays,
  attributionWindowDays: sites.attributionWindowDays,
  eventsPerMinute: sites.eventsPerMinute,
};

const recallKey = (reference: SiteReference): string =>
  reference.by === "id" ? `id ${reference.id}` : `${reference.by} ${reference.text}`;

function matches(reference: SiteReference): SQL {
  return reference.by === "id" ? eq(sites.id, reference.id) : eq(sites[reference.by], reference.text);
}

export function createSiteStore(deps: { db: LibSQLDatabase; writer: StoreWriter; recall: Recall<Site> }): SiteStore {
  const { db, writer, recall } = deps;
  return {
    async addSite(site) {
      // Also after a conflict: somebody else has made a site of which we may recall that there is none.
      return writer.run("addSite", site).finally(() => recall.forget());
    },
    async listSites() {
      return answerOf(db.select(columns).from(sites).where(isNull(sites.deletedAt)).orderBy(asc(sites.id)));
    },
    findSite(reference) {
      return recall.find(recallKey(reference), async () => {
        const query = db
          .select(columns)
          .from(sites)
          .where(and(matches(reference), isNull(sites.deletedAt)));
        const [site] = await answerOf(query);
        return site ?? null;
      });
    },
    recallSite: (reference) => recall.peek(recallKey(reference)),
  };
}
