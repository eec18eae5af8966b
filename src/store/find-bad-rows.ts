/** Beyond this many bad rows the search stops, and the rest counts as bad: a bound on the work. */
const MAX_FOUND = 32;

/**
 * Finds, by halving, the rows that make a batch fail.
 *
 * @param probe null when the rows can be stored together, else why not.
 * @returns position → reason. Rows that cannot be told apart from bad ones within the bound are in it.
 */
export async function findBadRows(
  rows: readonly string[],
  probe: (rows: readonly string[]) => Promise<string | null>,
): Promise<ReadonlyMap<number, string>> {
  const bad = new Map<number, string>();

  async function search(start: number, end: number): Promise<void> {
    const reason = await probe(rows.slice(start, end));
    if (reason === null) return;
    if (end - start === 1 || bad.size >= MAX_FOUND) {
      for (let position = start; position < end; position++) bad.set(position, reason);
      return;
    }
    const middle = (start + end) >> 1;
    await search(start, middle);
    await search(middle, end);
  }

  await search(0, rows.length);
  return bad;
}
