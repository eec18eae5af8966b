/** Beyond this many bad rows in one request the search stops, and the rest counts as bad: a bound on the work. */
const MAX_FOUND = 32;

/** The rows of one request. */
type Rows = readonly string[];

/**
 * Finds, by halving, the rows that make a batch fail: first the requests to blame, so that no
 * other request suffers, then the rows in each.
 *
 * @param probe null when the rows can be stored together, else why not.
 * @returns position in the batch → reason. Rows of a request that cannot be told apart from bad
 * ones within the bound are in it.
 */
export async function findBadRows(
  requests: readonly Rows[],
  probe: (rows: Rows) => Promise<string | null>,
): Promise<ReadonlyMap<number, string>> {
  const bad = new Map<number, string>();

  async function searchRequests(start: number, end: number, offset: number): Promise<void> {
    const rows = requests.slice(start, end).flat();
    if (end - start === 1) return searchRows(rows, offset, bad.size + MAX_FOUND);
    if ((await probe(rows)) === null) return;
    const middle = (start + end) >> 1;
    await searchRequests(start, middle, offset);
    const firstHalf = requests.slice(start, middle).reduce((sum, request) => sum + request.length, 0);
    await searchRequests(middle, end, offset + firstHalf);
  }

  async function searchRows(rows: Rows, offset: number, enough: number): Promise<void> {
    const reason = await probe(rows);
    if (reason === null) return;
    if (rows.length === 1 || bad.size >= enough) {
      for (let position = 0; position < rows.length; position++) bad.set(offset + position, reason);
      return;
    }
    const middle = rows.length >> 1;
    await searchRows(rows.slice(0, middle), offset, enough);
    await searchRows(rows.slice(middle), offset + middle, enough);
  }

  if (requests.length > 0) await searchRequests(0, requests.length, 0);
  return bad;
}
