import type { Enrich } from "../../src/domain/enrichment.ts";
import { DEFAULT_SITE_SETTINGS } from "../../src/domain/site.ts";
import type { GeoReader } from "../../src/enrich/geo.ts";
import { openGeoDatabase } from "../../src/enrich/geo-database.ts";
import { openEnrich } from "../../src/enrich/open-enrich.ts";
import { systemRandom } from "../../src/lib/base62.ts";

const SALT = new Uint8Array(32).fill(7);

/** The whole enrichment with one salt for all days. */
export function createTestEnrich(geo: GeoReader = openGeoDatabase(null)): Enrich {
  return openEnrich({ geo, saltOf: () => SALT, random: systemRandom });
}

export const DEFAULT_PRIVACY = DEFAULT_SITE_SETTINGS;
