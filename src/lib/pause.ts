const MAX_PAUSE_MS = 20;

/** Between two chunks of long work: as long as the last one took, so that others have half of the time. */
export const pauseAsLong = (lastMs: number): Promise<void> => Bun.sleep(Math.min(lastMs, MAX_PAUSE_MS));
