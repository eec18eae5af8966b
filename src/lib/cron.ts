import { Cron } from "croner";

// As an offset: for a time zone by its name the tables of all of them are loaded, which takes 4 ms.
const UTC = { utcOffset: 0, paused: true } as const;

/** Whether it is a cron pattern (five fields, or six with seconds) that ever comes due. */
export function isCronPattern(pattern: string): boolean {
  try {
    return new Cron(pattern, UTC).nextRun() !== null;
  } catch {
    return false;
  }
}

/**
 * The times of a cron pattern in UTC: a function from ms since 1970 to the first time after it.
 *
 * @param pattern one for which {@link isCronPattern} holds.
 */
export function createCronTimes(pattern: string): (afterMs: number) => number {
  const cron = new Cron(pattern, UTC);
  return (afterMs) => {
    const next = cron.nextRun(new Date(afterMs));
    if (next === null) throw new Error(`The cron pattern "${pattern}" never comes due after ${afterMs}`);
    return next.getTime();
  };
}
