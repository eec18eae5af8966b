const MAX_PAUSE_MS = 1_000;

/** Between two chunks of long work: as long as the last one took, so that others have half of the time, also on a busy machine. */
export const pauseAsLong = (lastMs: number): Promise<void> => Bun.sleep(Math.min(lastMs, MAX_PAUSE_MS));
