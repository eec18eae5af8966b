import { styleText } from "node:util";

type Stream = NodeJS.WriteStream;

/** Bold on a terminal that shows colours; plain in a pipe, and everywhere with `NO_COLOR`. */
export const bold = (text: string, stream: Stream = process.stdout): string => styleText("bold", text, { stream });

/** The colour of what went wrong, by the same rule. */
export const red = (text: string, stream: Stream = process.stderr): string => styleText("red", text, { stream });

/** Eighths of a cell, so that a short bar still moves often. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/**
 * How much of some work is done, as a bar of `width` cells.
 *
 * @param share 0 to 1; what lies outside counts as the nearest of them.
 */
export function formatBar(share: number, width = 20): string {
  const filled = Math.floor(Math.min(1, Math.max(0, share)) * width * EIGHTHS.length);
  const bar = "█".repeat(Math.floor(filled / EIGHTHS.length)) + (EIGHTHS[filled % EIGHTHS.length] ?? "");
  return `[${bar}${" ".repeat(width - bar.length)}]`;
}
