import { and, asc, desc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { SiteStore } from "../domain/ports.ts";
import type { DeletedSite, Site, SiteReference } from "../domain/site.ts";
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

/** Of a deleted site, where neither time is null. */
const deletedColumns = {
  ...columns,
  deletedAt: sql<number>`${sites.deletedAt}`.mapWith(sites.deletedAt),
  purgeAt: sql<number>`${sites.purgeAt}`.mapWith(sites.purgeAt),
};

/** No name of a site is longer: what is has none, and is not worth remembering. */
const MAX_NAME_LENGTH = 100;

const recallKey = (reference: SiteReference): string =>
  reference.by === "id" ? `id ${reference.id}` : `${reference.by} ${reference.text}`;

const isTooLong = (reference: SiteReference): boolean =>
  reference.by !== "id" && reference.text.length > MAX_NAME_LENGTH;

function matches(reference: SiteReference): SQL {
  return reference.by === "id" ? eq(sites.id, reference.id) : eq(sites[reference.by], reference.text);
}

export function createSiteStore(deps: {
  db: LibSQLDatabase;
  writer: StoreWriter;
  /** Of sites by their names. */
  recall: Recall<Site>;
  /** Of origins that some site names; there is nothing to know of one but that it is there. */
  origins: Recall<object>;
}): SiteStore {
  const { db, writer, recall, origins } = deps;

  function forgetAll(): void {
    recall.forget();
    origins.forget();
  }

  function forget<T>(result: T): T {
    forgetAll();
    return result;
  }

  const deletedSites = (nowMs: number, which?: SQL): Promise<readonly DeletedSite[]> =>
    answerOf(
      db
        .select(deletedColumns)
        .from(sites)
        .where(and(gt(sites.purgeAt, nowMs), which))
        .orderBy(desc(sites.deletedAt), desc(sites.id)),
    );

  return {
    // Also after a conflict: somebody else has made a site of which we may recall that there is none.
    addSite: (site) => writer.run("addSite", site).finally(forgetAll),
    async listSites() {
      return answerOf(db.select(columns).from(sites).where(isNull(sites.deletedAt)).orderBy(asc(sites.id)));
    },
    async findSite(reference) {
      if (isTooLong(reference)) return null;
      return recall.find(recallKey(reference), async () => {
        const query = db
          .select(columns)
          .from(sites)
          .where(and(matches(reference), isNull(sites.deletedAt)));
        const [site] = await answerOf(query);
        return site ?? null;
      });
    },
    recallSite: (reference) => (isTooLong(reference) ? null : recall.peek(recallKey(reference))),
    updateSite: async (id, changes) => forget(await writer.run("updateSite", { id, changes })),
    deleteSite: async (id, deletion) => forget(await writer.run("deleteSite", { id, ...deletion })),
    restoreSite: async (id, nowMs) => forget(await writer.run("restoreSite", { id, nowMs })),
    async findDeletedSite(reference, nowMs) {
      return isTooLong(reference) ? null : ((await deletedSites(nowMs, matches(reference)))[0] ?? null);
    },
    listDeletedSites: (nowMs) => deletedSites(nowMs),
    async isAllowedOrigin(origin) {
      const found = await origins.find(origin, async () => {
        const query = db
          .select({ id: sites.id })
          .from(sites)
          .where(
            and(
              isNull(sites.deletedAt),
              sql`EXISTS (SELECT 1 FROM json_each(${sites.allowedOrigins}) WHERE value = ${origin})`,
            ),
          )
          .limit(1);
        const [site] = await answerOf(query);
        return site ?? null;
      });
      return found !== null;
    },
  };
}
