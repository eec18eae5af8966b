import type { DatabaseFacts } from "../store/inspect-database.ts";

const number = (value: number): string => value.toLocaleString("en-US");

/** `12.3 MB`, in units of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1_000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

const plural = (n: number, word: string): string => `${number(n)} ${word}${n === 1 ? "" : "s"}`;

/** `1,234 events, 2 sites, 3 keys, 12.3 MB`. */
export function describeFacts({ events, sites, keys, bytes }: DatabaseFacts): string {
  return [plural(events, "event"), plural(sites, "site"), plural(keys, "key"), formatBytes(bytes)].join(", ");
}

/** What people and programs may rely on of it. */
export function factsAsJson({ events, deletedEvents, sites, keys, bytes, schema }: DatabaseFacts) {
  return { events, deletedEvents, sites, keys, bytes, schema };
}
