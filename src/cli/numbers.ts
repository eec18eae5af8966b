/** `1,234,567`: the same everywhere, whatever the machine's language. */
export const formatNumber = (value: number): string => value.toLocaleString("en-US");

/** `1 event`, `1,234 events`. */
export const formatCount = (n: number, word: string): string => `${formatNumber(n)} ${word}${n === 1 ? "" : "s"}`;

/** `12.3 MB`, in units of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1_000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${(bytes / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
