let lastMs = Number.NaN;
let lastText = "";

/** Ms since 1970 → `2026-06-07T14:22:10.000Z`. */
export function isoTime(ms: number): string {
  // Events of one batch were received at one time.
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}
