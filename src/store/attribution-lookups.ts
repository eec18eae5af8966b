/** Look-ups along the chain from a click to its conversion: one cell each, all within an index. */

const BY_CLICK = "INDEXED BY events_by_click WHERE click_id IS NOT NULL AND deleted_at IS NULL";
const BY_CUSTOMER = "INDEXED BY events_by_customer WHERE customer_key IS NOT NULL AND deleted_at IS NULL";

/** ?1 click id, ?2 whether a test, ?3 program to prefer or null: a program that has the click. */
const CLICKS = `FROM events ${BY_CLICK} AND click_id = ?1 AND is_test = ?2 AND type = 'click'`;
export const CLICK_SITE = `SELECT coalesce(
  (SELECT site_id ${CLICKS} AND site_id = ?3 LIMIT 1),
  (SELECT min(site_id) ${CLICKS}))`;

/**
 * ?1 customer key, ?2 whether a test: the first two programs that know the customer. One step of the
 * index each, however many events there are.
 */
const CUSTOMERS = `FROM events ${BY_CUSTOMER} AND customer_key = ?1 AND is_test = ?2`;
export const CUSTOMER_SITES = `WITH
  first(site) AS (SELECT min(site_id) ${CUSTOMERS}),
  second(site) AS (SELECT min(site_id) ${CUSTOMERS} AND site_id > (SELECT site FROM first))
SELECT json_array((SELECT site FROM first), (SELECT site FROM second))`;

/** The same among the programs of ?3, a JSON array. */
export const CUSTOMER_SITES_AMONG = `SELECT json_group_array(site) FROM (
  SELECT own.value AS site FROM json_each(?3) AS own
  WHERE EXISTS (SELECT 1 ${CUSTOMERS} AND site_id = own.value) LIMIT 2)`;

/** ?1 program, ?2 whether a test, ?3 not before, of rows with a `click_id`: the one that was clicked last. */
const latestOf = (candidates: string) => `SELECT click.click_id FROM (${candidates}) AS candidate
CROSS JOIN events AS click ON click.id = (
  SELECT id FROM events ${BY_CLICK} AND click_id = candidate.click_id AND is_test = ?2 AND type = 'click' AND site_id = ?1
  ORDER BY occurred_at DESC, id DESC LIMIT 1)
WHERE click.occurred_at >= ?3 ORDER BY click.occurred_at DESC, click.id DESC LIMIT 1`;

/** ?4 a JSON array of click ids. */
export const LATEST_CLICK_AMONG = latestOf("SELECT value AS click_id FROM json_each(?4)");

/** How many leads, and how many conversions, of a customer are looked at: a stranger can send any number. */
const LOOKED_AT = 100;

/** ?4 customer key. The limit stands inside: what has no click must not make the search longer. */
export const LATEST_CLICK_OF_CUSTOMER = latestOf(
  ["lead", "conversion"]
    .map(
      (type) => `SELECT click_id FROM (
        SELECT click_id FROM events ${BY_CUSTOMER} AND customer_key = ?4 AND is_test = ?2 AND site_id = ?1
          AND type = '${type}' ORDER BY occurred_at DESC LIMIT ${LOOKED_AT})
      WHERE click_id IS NOT NULL`,
    )
    .join(" UNION ALL "),
);

/** ?1 program, ?2 whether a test, ?3 click id or null, ?4 customer key or null, ?5 a JSON array of types: the latest time. */
export const LATEST_TIME = `SELECT max(happened_at) FROM (
  SELECT (SELECT max(occurred_at) FROM events ${BY_CLICK} AND click_id = ?3 AND is_test = ?2 AND type = followed.value
    AND site_id = ?1) AS happened_at FROM json_each(?5) AS followed
  UNION ALL
  SELECT (SELECT max(occurred_at) FROM events ${BY_CUSTOMER} AND customer_key = ?4 AND is_test = ?2 AND site_id = ?1
    AND type = followed.value) AS happened_at FROM json_each(?5) AS followed)`;

/** ?1 dedupe key: `[[id, program, currency], …]` of at most two sales of the programs that `own(id)` names. */
const salesOf = (own: string) => `SELECT json_group_array(json_array(id, site_id, currency)) FROM (
  SELECT sale.id, sale.site_id, sale.currency FROM (${own}) AS own
  CROSS JOIN events AS sale INDEXED BY events_dedupe ON sale.site_id = own.id AND sale.dedupe_key = ?1
  WHERE sale.type = 'conversion' AND sale.deleted_at IS NULL LIMIT 2)`;

export const SALES = salesOf("SELECT id FROM sites WHERE deleted_at IS NULL");

/** ?2 a JSON array of programs. */
export const SALES_AMONG = salesOf("SELECT value AS id FROM json_each(?2)");
