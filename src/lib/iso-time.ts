/** Ms since 1970 → `2026-06-07T14:22:10.000Z`. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
