import type { RemovalProgress } from "../domain/removal-progress.ts";
import type { Output } from "./output.ts";
import { formatBar } from "./style.ts";

const number = (value: number): string => value.toLocaleString("en-US");

/** Shows on a terminal how the removal of events gets on. */
export const showRemoval =
  (output: Output) =>
  ({ removed, expected }: RemovalProgress): void =>
    output.status(
      removed < expected
        ? `${formatBar(removed / expected)} ${Math.floor((100 * removed) / expected)} % ${number(removed)} of ${number(expected)} events removed`
        : `${number(removed)} events removed; clearing up what they have left`,
    );
