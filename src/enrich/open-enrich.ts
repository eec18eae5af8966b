import type { SaltOf } from "../domain/daily-salts.ts";
import type { Enrich } from "../domain/enrichment.ts";
import type { RandomBytes } from "../lib/base62.ts";
import { createEnrich } from "./enrich.ts";
import { createLookUpAddress, type GeoReader } from "./geo.ts";
import { createSessions } from "./visitors.ts";

/**
 * The whole enrichment of one process.
 *
 * @param geo from `openGeoDatabase`.
 */
export function openEnrich(deps: { geo: GeoReader; saltOf: SaltOf; random: RandomBytes }): Enrich {
  return createEnrich({
    lookUpAddress: createLookUpAddress(deps.geo),
    saltOf: deps.saltOf,
    sessionOf: createSessions(deps.random),
  });
}
