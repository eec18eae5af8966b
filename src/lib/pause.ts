const MAX_PAUSE_MS = 1_000;

/** How often it is asked whether there are others, in ms. */
const ASK_EVERY_MS = 100;

/** Between two chunks of long work: as long as the last one took, so that others have half of the time, also on a busy machine. */
export const pauseAsLong = (lastMs: number): Promise<void> => Bun.sleep(Math.min(lastMs, MAX_PAUSE_MS));

/** The same while there are others, and none where nobody else is there to use it. Who comes is noticed within a moment. */
export function pauseForOthers(isAlone: () => Promise<boolean>): (lastMs: number) => Promise<void> {
  let alone = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  return async (lastMs) => {
    if (performance.now() - askedAt >= ASK_EVERY_MS) {
      alone = await isAlone();
      askedAt = performance.now();
    }
    if (!alone) await pauseAsLong(lastMs);
  };
}
