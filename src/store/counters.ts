import { ATTRIBUTED } from "./schema.ts";

/** The UTC day of an event in SQL, in days since 1970; as in `drizzle/0001_counters.sql`. */
export const DAY_OF_EVENT = "(occurred_at + 62135596800000) / 86400000 - 719162";

/** A table that triggers keep: how many events there are, `n`, by site and by other columns. */
export interface Counter {
  readonly table: string;
  /** What it counts by beside `site_id`, and the SQL of each for an event. */
  readonly by: Readonly<Record<string, string>>;
  /** Which events it counts. */
  readonly counted: string;
}

const TYPE = { type: "type" };
const TYPE_AND_TEST = { ...TYPE, is_test: "is_test" };
const DAY = { day: DAY_OF_EVENT };

/** All of them: a deletion that is under way is left out of each, and a site's rows go with the site. */
export const COUNTERS: readonly Counter[] = [
  { table: "event_totals", by: TYPE_AND_TEST, counted: "deleted_at IS NULL" },
  { table: "event_day_counts", by: { ...TYPE_AND_TEST, ...DAY }, counted: "deleted_at IS NULL" },
  { table: "attributed_day_counts", by: { ...TYPE, ...DAY }, counted: ATTRIBUTED },
];

/**
 * A counter's rows as a common table expression of its name, counted anew out of `events` for some sites.
 *
 * @param sites ids, separated by commas.
 */
export function countAnew({ table, by, counted }: Counter, sites: string): string {
  const names = ["site_id", ...Object.keys(by)].join(", ");
  const values = ["site_id", ...Object.entries(by).map(([name, sql]) => (sql === name ? name : `${sql} AS ${name}`))];
  return `${table} AS NOT MATERIALIZED (
SELECT ${names}, n FROM main.${table} WHERE site_id NOT IN (${sites})
UNION ALL SELECT ${values.join(", ")}, count(*) AS n FROM events
WHERE ${counted} AND site_id IN (${sites}) GROUP BY ${names})`;
}
