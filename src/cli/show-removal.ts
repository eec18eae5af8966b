import type { RemovalProgress } from "../domain/removal-progress.ts";
import { formatCount, formatNumber } from "./numbers.ts";
import type { Output } from "./output.ts";
import { formatBar } from "./style.ts";

/** Shows on a terminal how the removal of events gets on. */
export const showRemoval =
  (output: Output) =>
  ({ removed, expected }: RemovalProgress): void =>
    output.status(
      removed < expected
        ? `${formatBar(removed / expected)} ${Math.floor((100 * removed) / expected)} % ${formatNumber(removed)} of ${formatCount(expected, "event")} removed`
        : `${formatCount(removed, "event")} removed; clearing up what they have left`,
    );
