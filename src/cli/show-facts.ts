import type { DatabaseFacts } from "../store/inspect-database.ts";
import { formatBytes, formatCount } from "./numbers.ts";

/** `1,234 events, 2 sites, 3 keys, 12.3 MB`. */
export function describeFacts({ events, sites, keys, bytes }: DatabaseFacts): string {
  return [formatCount(events, "event"), formatCount(sites, "site"), formatCount(keys, "key"), formatBytes(bytes)].join(
    ", ",
  );
}

/** What people and programs may rely on of it. */
export function factsAsJson({ events, deletedEvents, sites, keys, bytes, schema }: DatabaseFacts) {
  return { events, deletedEvents, sites, keys, bytes, schema };
}
