import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** In bytes. */
export interface DiskSpace {
  readonly free: number;
  readonly total: number;
}

/** Free and total bytes of the disk that holds `path`. */
export type MeasureDisk = (path: string) => Promise<DiskSpace>;

export const measureDisk: MeasureDisk = async (path) => {
  const { bavail, blocks, bsize } = await statfs(dirname(path));
  return { free: bavail * bsize, total: blocks * bsize };
};

const MEASURE_EVERY_MS = 250;

/** Below this writes stop: a purge, and the checkpoint after it, need room to give room. */
export const RESERVED_BYTES = 64 * 1024 * 1024;

/** On a small disk the reserve is this part of it. */
const RESERVED_PART = 0.1;

export interface DiskWatch {
  /** Whether writes must be refused. */
  isFull(): boolean;
  /** As last measured; null where it could not be. */
  space(): DiskSpace | null;
  /** The database said so itself: full until a measurement finds space. */
  reportFull(): void;
  stop(): void;
}

/** Measures the free space of the database's disk a few times a second. */
export async function watchDisk(path: string, measure: MeasureDisk): Promise<DiskWatch> {
  let full = false;
  let space: DiskSpace | null = null;
  let measuring = false;

  async function refresh(): Promise<void> {
    // A disk that hangs must not be asked again and again.
    if (measuring) return;
    measuring = true;
    try {
      space = await measure(path);
      full = space.free < Math.min(RESERVED_BYTES, space.total * RESERVED_PART);
    } catch {
      // A disk that cannot be measured is not taken for full: the database will say so itself.
      space = null;
      full = false;
    } finally {
      measuring = false;
    }
  }

  await refresh();
  const timer = setInterval(() => void refresh(), MEASURE_EVERY_MS);
  timer.unref();
  return {
    isFull: () => full,
    space: () => space,
    reportFull() {
      full = true;
    },
    stop: () => clearInterval(timer),
  };
}
