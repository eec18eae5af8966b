/** The first 16 bytes of a digest of a line, as four numbers: no two lines share them by chance. */
export type LineDigest = Uint32Array;

/** How often a line has been there with this one, from 1. */
export type CountOccurrence = (digest: LineDigest) => number;

const WORDS = 4;

/**
 * Counts equal lines among the last `remembered` distinct ones; at most twice as many are kept.
 *
 * The digests lie in arrays of fixed size instead of a `Map`, whose 200,000 texts the garbage collector would have to
 * look at again and again: that took more time than everything else that is done for a line's key.
 */
export function createOccurrences(remembered: number): CountOccurrence {
  let recent = createTable(remembered);
  let older = createTable(remembered);

  function turnOver(): void {
    [older, recent] = [recent, older];
    recent.clear();
  }

  return (digest) => {
    const slot = recent.slotOf(digest);
    const known = recent.countAt(slot);
    if (known > 0) return recent.put(slot, digest, known + 1);
    const before = older.countAt(older.slotOf(digest));
    // One that comes back takes its place before it is counted: where the turn falls decides over keys of later lines.
    const isLastPlace = before > 0 && recent.size() + 1 >= remembered;
    if (isLastPlace) turnOver();
    const occurrence = recent.put(isLastPlace ? recent.slotOf(digest) : slot, digest, before + 1);
    if (recent.size() >= remembered) turnOver();
    return occurrence;
  };
}

/** Digest → count, open addressing, at most half full. */
function createTable(entries: number) {
  const mask = 2 ** Math.ceil(Math.log2(entries * 2)) - 1;
  const digests = new Uint32Array((mask + 1) * WORDS);
  const counts = new Uint32Array(mask + 1);
  let size = 0;

  function isAt(slot: number, digest: LineDigest): boolean {
    const at = slot * WORDS;
    for (let word = 0; word < WORDS; word++) if (digests[at + word] !== digest[word]) return false;
    return true;
  }

  return {
    /** Where the digest is, or would be. */
    slotOf(digest: LineDigest): number {
      let slot = (digest[0] as number) & mask;
      while (counts[slot] !== 0 && !isAt(slot, digest)) slot = (slot + 1) & mask;
      return slot;
    },
    /** 0: nothing is there. */
    countAt: (slot: number): number => counts[slot] as number,
    put(slot: number, digest: LineDigest, count: number): number {
      if (counts[slot] === 0) {
        size += 1;
        digests.set(digest, slot * WORDS);
      }
      counts[slot] = count;
      return count;
    },
    size: () => size,
    clear(): void {
      counts.fill(0);
      size = 0;
    },
  };
}
