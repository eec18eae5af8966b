import { formatBar } from "./style.ts";

const SHOW_EVERY_MS = 200;

/**
 * Shows how some work gets on, at most a few times a second.
 *
 * @param describe is called for what is shown only; `seconds` are those since the beginning.
 */
export function createProgress<T>(
  show: (text: string) => void,
  describe: (done: T, seconds: number) => string,
): (done: T) => void {
  const startedAt = performance.now();
  let shownAt = startedAt;
  return (done) => {
    const now = performance.now();
    if (now - shownAt < SHOW_EVERY_MS) return;
    shownAt = now;
    show(describe(done, (now - startedAt) / 1_000));
  };
}

/** `[████    ] 50 %`; nothing where nobody knows how much there is to do. */
export const formatShare = (share: number | null): string =>
  share === null ? "" : `${formatBar(share)} ${(100 * Math.min(1, share)).toFixed(0)} %`;
