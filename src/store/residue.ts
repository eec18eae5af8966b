/**
 * What SQLite leaves of rows that it has removed, although it is told to overwrite them (`secure_delete`).
 *
 * A page of a tree has its rows at its end and an array of pointers at its beginning. When rows are moved to a
 * neighbour, the page is written anew, and the gap between the two keeps what stood there: copies of rows that live
 * elsewhere, and are overwritten only there when they are deleted. So the gaps are overwritten, too.
 *
 * Format: https://www.sqlite.org/fileformat2.html (b-tree pages, pointer map pages).
 */
interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Header bytes of a page by its kind: interior and leaf pages of indexes and tables. */
const HEADER_BYTES: Readonly<Record<number, number>> = { 2: 12, 5: 12, 10: 8, 13: 8 };

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** The gap of a page other than the first, null where it can be none of a tree. */
function gapOf(page: Uint8Array): Gap | null {
  const header = HEADER_BYTES[page[0] ?? 0];
  if (header === undefined) return null;
  const from = header + 2 * word(page, 3);
  const to = word(page, 5) || 65_536;
  return from <= to && to <= page.length ? { from, to } : null;
}

/** Whether there is more in the gap than pointers that the array once had, which say nothing. */
function isDirty(page: Uint8Array, { from, to }: Gap): boolean {
  let at = from;
  while (at + 1 < to && word(page, at) < page.length) at += 2;
  return page.subarray(at, to).some((byte) => byte !== 0);
}

/** Whether a page seems to hold residue. It may be no page of a tree at all. */
export function seemsDirty(page: Uint8Array): boolean {
  const gap = gapOf(page);
  return gap !== null && isDirty(page, gap);
}

/** Overwrites the gap of a page of a tree; false where there was nothing to overwrite. */
export function blankResidue(page: Uint8Array): boolean {
  const gap = gapOf(page);
  if (gap === null || !isDirty(page, gap)) return false;
  page.fill(0, gap.from, gap.to);
  return true;
}

const MAP_ENTRY_BYTES = 5;

/** Kinds of pages in the pointer map that belong to a tree: its root, and all others but overflow pages. */
const TREE_KINDS = [1, 5];

/** Where the file locks itself: the page there is never used. */
const LOCK_BYTE = 0x4000_0000;

/** Tells from the pointer map, which every file has that gives space back, what a page is. */
export function createPageMap(firstPage: Uint8Array, read: (page: number) => Promise<Uint8Array>) {
  const pageBytes = firstPage.length;
  const usableBytes = pageBytes - (firstPage[20] ?? 0);
  const lockPage = Math.floor(LOCK_BYTE / pageBytes) + 1;
  const stride = Math.floor(usableBytes / MAP_ENTRY_BYTES) + 1;
  return {
    async isTreePage(page: number): Promise<boolean> {
      const usual = Math.floor((page - 2) / stride) * stride + 2;
      const mapPage = usual === lockPage ? usual + 1 : usual;
      if (page < 3 || page === lockPage || page <= mapPage) return false;
      const map = await read(mapPage);
      return TREE_KINDS.includes(map[MAP_ENTRY_BYTES * (page - mapPage - 1)] ?? 0);
    },
  };
}
