/** A time for each key, in a bounded amount of memory. A time that has passed is the same as none. */
export interface TimeTable {
  /** The key's time, `nowMs` where it has none or it has passed. */
  get(key: string, nowMs: number): number;
  /** Where there is no room, the neighbour whose time comes next is forgotten. */
  set(key: string, timeMs: number, nowMs: number): void;
}

/** How many places there are in a group. */
const WAYS = 8;

/**
 * So many places come first, in 192 KiB: nearly every server has fewer clients at a time. All places at once, which
 * nobody has touched, would take no memory yet, but the garbage collector would count them, and let others use as much.
 */
const FIRST_PLACES = 2 ** 14;

/** What places are found by: two numbers that each name a group, and one that stands for the key. */
interface Hashes {
  readonly one: number;
  readonly other: number;
  readonly tag: number;
}

/**
 * A hash table for times that pass. A key has its place in one of two groups, whichever has more room, so
 * that the table can be filled up. Of the key itself only a hash is kept: of a thousand tables with a
 * million keys each, one takes two keys for the same. The hashes are seeded, so nobody can know which.
 *
 * @param capacity how many keys there is room for, 12 bytes each: a power of 2 from 8 on.
 */
export function createTimeTable(capacity: number): TimeTable {
  const [seed = 0, otherSeed = 0, tagSeed = 0] = crypto.getRandomValues(new Uint32Array(3));
  const first = createPlaces(Math.min(capacity, FIRST_PLACES));
  /** Made when the first places do not suffice, and then there for good. */
  let rest: Places | null = null;

  const hashesOf = (key: string): Hashes => ({
    one: Bun.hash.murmur32v3(key, seed),
    other: Bun.hash.murmur32v3(key, otherSeed),
    tag: Bun.hash.murmur32v3(key, tagSeed),
  });

  return {
    get(key, nowMs) {
      const hashes = hashesOf(key);
      return first.get(hashes, nowMs) ?? rest?.get(hashes, nowMs) ?? nowMs;
    },
    set(key, timeMs, nowMs) {
      const hashes = hashesOf(key);
      if (first.replace(hashes, timeMs, nowMs) || rest?.replace(hashes, timeMs, nowMs)) return;
      if (capacity <= FIRST_PLACES || first.hasRoom(hashes, nowMs)) return first.put(hashes, timeMs, nowMs);
      rest ??= createPlaces(capacity);
      rest.put(hashes, timeMs, nowMs);
    },
  };
}

interface Places {
  /** Null where the key has no time, or it has passed. */
  get(hashes: Hashes, nowMs: number): number | null;
  /** @returns false where the key has no time. */
  replace(hashes: Hashes, timeMs: number, nowMs: number): boolean;
  hasRoom(hashes: Hashes, nowMs: number): boolean;
  /** For a key that has none. */
  put(hashes: Hashes, timeMs: number, nowMs: number): void;
}

function createPlaces(capacity: number): Places {
  const times = new Float64Array(capacity);
  const tags = new Uint32Array(capacity);
  const groups = capacity / WAYS;

  const firstOf = (hash: number): number => (hash & (groups - 1)) * WAYS;
  const timeAt = (place: number): number => times[place] as number;

  /** The key's place in a group, -1 where it has none. */
  function findIn(group: number, tag: number, nowMs: number): number {
    for (let place = group; place < group + WAYS; place++) {
      if (tags[place] === tag && timeAt(place) > nowMs) return place;
    }
    return -1;
  }

  function find({ one, other, tag }: Hashes, nowMs: number): number {
    const place = findIn(firstOf(one), tag, nowMs);
    return place === -1 ? findIn(firstOf(other), tag, nowMs) : place;
  }

  /** How many places of a group are taken. */
  function countTaken(group: number, nowMs: number): number {
    let taken = 0;
    for (let place = group; place < group + WAYS; place++) if (timeAt(place) > nowMs) taken += 1;
    return taken;
  }

  /** The place of a group that is free, or will be next. */
  function earliest(group: number): number {
    let found = group;
    for (let place = group + 1; place < group + WAYS; place++) if (timeAt(place) < timeAt(found)) found = place;
    return found;
  }

  function emptierGroup({ one, other }: Hashes, nowMs: number): number {
    const [first, second] = [firstOf(one), firstOf(other)];
    return countTaken(first, nowMs) <= countTaken(second, nowMs) ? first : second;
  }

  return {
    get(hashes, nowMs) {
      const place = find(hashes, nowMs);
      return place === -1 ? null : timeAt(place);
    },
    replace(hashes, timeMs, nowMs) {
      const place = find(hashes, nowMs);
      if (place !== -1) times[place] = timeMs;
      return place !== -1;
    },
    hasRoom: (hashes, nowMs) => countTaken(emptierGroup(hashes, nowMs), nowMs) < WAYS,
    put(hashes, timeMs, nowMs) {
      const place = earliest(emptierGroup(hashes, nowMs));
      tags[place] = hashes.tag;
      times[place] = timeMs;
    },
  };
}
