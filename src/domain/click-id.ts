const CLICK_ID = /^cust_([1-9]\d{0,14})_\d{1,16}$/;

/** The program that a click's id names, null for an id that was not made here; whether it has such a click is another question. */
export function siteOfClickId(clickId: string): number | null {
  const [, siteId] = CLICK_ID.exec(clickId) ?? [];
  return siteId === undefined ? null : Number(siteId);
}

/** Click id → dedupe key of the first click that has it. */
export const clickKey = (clickId: string): string => `c:${clickId}`;

/** Hands out ids of clicks: `cust_<program>_<ms>`, each once in this process. */
export interface ClickIds {
  /** @param skip how many ms to leave out after the one before: others may have taken the next ones. */
  next(siteId: number, nowMs: number, skip?: number): string;
}

/** Programs whose last id is remembered; forgetting one only costs a look whether an id is free. */
const REMEMBERED = 10_000;

/** The time now, or, where the program's last click has it already, the first ms that is free. */
export function createClickIds(): ClickIds {
  const last = new Map<number, number>();
  return {
    next(siteId, nowMs, skip = 0) {
      const ms = Math.max(nowMs, (last.get(siteId) ?? Number.NEGATIVE_INFINITY) + 1 + skip);
      if (last.size >= REMEMBERED) last.clear();
      last.set(siteId, ms);
      return `cust_${siteId}_${ms}`;
    },
  };
}
