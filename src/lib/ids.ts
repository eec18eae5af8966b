/**
 * 53-bit ids that sort by time: `(ms since 2020-01-01 UTC) << 12 | node << 6 | sequence`.
 *
 * Multiplication instead of shifts: JavaScript's bit operators stop at 32 bits.
 */
const EPOCH = Date.UTC(2020, 0, 1);
const SEQUENCES = 64;
const TICK = 64 * SEQUENCES;

/**
 * A clock beyond this (the year 2080) is not believed: ids then go on from the last one. The 8.7
 * years of ticks above it are for borrowing, 17,000,000,000,000 ids.
 */
const LAST_TICK_OF_CLOCK = 2 ** 41 - 2 ** 38;

/** How many processes can hand out ids at the same time. */
export const MAX_NODES = 64;

/** About when an id was handed out, in ms since 1970: under load ids run ahead of the clock. */
export const timeOfId = (id: number): number => Math.floor(id / TICK) + EPOCH;

export interface IdAllocator {
  /** The next id, larger than every id handed out before and than `floor`. */
  next(nowMs: number): number;
  /** From now on ids are larger than `id`, whatever the clock says. */
  raise(id: number): void;
  /** From now on ids carry `node`. */
  useNode(node: number): void;
}

/**
 * Ids that are strictly increasing in this process, also when the clock jumps back: a full
 * millisecond borrows from the next one.
 *
 * @param node 0 to 63, leased from the database so that no two processes share one.
 * @param floor the largest id stored so far; the first id is above it.
 */
export function createIdAllocator(node: number, floor: number): IdAllocator {
  let tick = Math.floor(floor / TICK);
  let sequence = SEQUENCES;
  let nodeBits = node * SEQUENCES;
  return {
    next(nowMs) {
      const current = Math.floor(nowMs) - EPOCH;
      if (current > tick && current <= LAST_TICK_OF_CLOCK) {
        tick = current;
        sequence = 0;
      } else if (sequence >= SEQUENCES) {
        tick += 1;
        sequence = 0;
      }
      const id = tick * TICK + nodeBits + sequence;
      sequence += 1;
      return id;
    },
    raise(id) {
      const raised = Math.floor(id / TICK);
      if (raised < tick) return;
      tick = raised;
      sequence = SEQUENCES;
    },
    useNode(other) {
      nodeBits = other * SEQUENCES;
      sequence = SEQUENCES;
    },
  };
}
