/** A time for each key, in a fixed amount of memory. A time that has passed is the same as none. */
export interface TimeTable {
  /** The key's time, `nowMs` where it has none or it has passed. */
  get(key: string, nowMs: number): number;
  /** Where there is no room, the neighbour whose time comes next is forgotten. */
  set(key: string, timeMs: number, nowMs: number): void;
}

/** How many places there are in a group. */
const WAYS = 8;

/**
 * A hash table that never grows. A key has its place in one of two groups, whichever has more room, so
 * that the table can be filled up. Of the key itself only a hash is kept: of a thousand tables with a
 * million keys each, one takes two keys for the same. The hashes are seeded, so nobody can know which.
 *
 * @param capacity how many keys there is room for, 12 bytes each: a power of 2 from 8 on.
 */
export function createTimeTable(capacity: number): TimeTable {
  const times = new Float64Array(capacity);
  const tags = new Uint32Array(capacity);
  const groups = capacity / WAYS;
  const [seed = 0, otherSeed = 0, tagSeed = 0] = crypto.getRandomValues(new Uint32Array(3));

  const hash = (key: string, seedOfHash: number): number => Bun.hash.murmur32v3(key, seedOfHash);
  const firstPlace = (key: string, seedOfGroup: number): number => (hash(key, seedOfGroup) & (groups - 1)) * WAYS;
  const timeAt = (place: number): number => times[place] as number;

  /** The key's place in a group, -1 where it has none. */
  function find(first: number, tag: number, nowMs: number): number {
    for (let place = first; place < first + WAYS; place++) {
      if (tags[place] === tag && timeAt(place) > nowMs) return place;
    }
    return -1;
  }

  /** How many places of a group are taken. */
  function countTaken(first: number, nowMs: number): number {
    let taken = 0;
    for (let place = first; place < first + WAYS; place++) if (timeAt(place) > nowMs) taken += 1;
    return taken;
  }

  /** The place of a group that is free, or will be next. */
  function earliest(first: number): number {
    let found = first;
    for (let place = first + 1; place < first + WAYS; place++) if (timeAt(place) < timeAt(found)) found = place;
    return found;
  }

  function placeOf(key: string, tag: number, nowMs: number): number {
    const place = find(firstPlace(key, seed), tag, nowMs);
    return place === -1 ? find(firstPlace(key, otherSeed), tag, nowMs) : place;
  }

  function newPlace(key: string, nowMs: number): number {
    const [one, other] = [firstPlace(key, seed), firstPlace(key, otherSeed)];
    return earliest(countTaken(one, nowMs) <= countTaken(other, nowMs) ? one : other);
  }

  return {
    get(key, nowMs) {
      const place = placeOf(key, hash(key, tagSeed), nowMs);
      return place === -1 ? nowMs : timeAt(place);
    },
    set(key, timeMs, nowMs) {
      const tag = hash(key, tagSeed);
      const known = placeOf(key, tag, nowMs);
      const place = known === -1 ? newPlace(key, nowMs) : known;
      tags[place] = tag;
      times[place] = timeMs;
    },
  };
}
