import { AppError } from "./errors.ts";

/** Waits between tries while the database is busy, in ms: together almost half a minute. */
const BACK_OFF_MS = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000];

/**
 * What a command beside a server does: it comes second, and waits.
 *
 * @param wait resolves after that many ms.
 * @throws what `work` throws; `overloaded` only after all tries.
 */
export async function whileBusy<T>(wait: (ms: number) => Promise<void>, work: () => Promise<T>): Promise<T> {
  for (const delay of BACK_OFF_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError && error.code === "overloaded")) throw error;
      await wait(delay);
    }
  }
  return work();
}
