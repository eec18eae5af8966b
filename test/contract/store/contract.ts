import { describe } from "bun:test";
import type { TestDatabase } from "../../support/store.ts";
import { appendContract } from "./append.ts";
import { attributedCountsContract } from "./attributed-counts.ts";
import { attributedListContract } from "./attributed-list.ts";
import { attributionContract } from "./attribution.ts";
import { auditContract } from "./audit.ts";
import { columnsContract } from "./columns.ts";
import { deletedSitesContract } from "./deleted-sites.ts";
import { deletionsContract } from "./deletions.ts";
import { filterContract } from "./filter.ts";
import { idsContract } from "./ids.ts";
import { kvContract } from "./kv.ts";
import { listContract } from "./list.ts";
import { refundContract } from "./refund.ts";
import { refuseContract } from "./refuse.ts";
import { scanContract } from "./scan.ts";
import { siteEventsContract } from "./site-events.ts";
import { sitesAndKeysContract } from "./sites-and-keys.ts";

/**
 * What every store behind the ports of `src/domain/ports.ts` does.
 *
 * @param createDatabase makes an empty database for one test.
 */
export function storeContract(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(name, () => {
    appendContract(createDatabase);
    refuseContract(createDatabase);
    columnsContract(createDatabase);
    idsContract(createDatabase);
    listContract(createDatabase);
    filterContract(createDatabase);
    scanContract(createDatabase);
    attributedListContract(createDatabase);
    attributedCountsContract(createDatabase);
    attributionContract(createDatabase);
    refundContract(createDatabase);
    siteEventsContract(createDatabase);
    sitesAndKeysContract(createDatabase);
    deletedSitesContract(createDatabase);
    kvContract(createDatabase);
    deletionsContract(createDatabase);
    auditContract(createDatabase);
  });
}
