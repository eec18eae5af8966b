import { describe, expect, test } from "bun:test";
import { createOutput } from "../../src/cli/output.ts";
import { showRemoval } from "../../src/cli/show-removal.ts";

describe("the progress of a removal", () => {
  test.each([
    [{ removed: 0, expected: 1_000_000 }, "[                    ] 0 % 0 of 1,000,000 events removed"],
    [{ removed: 999_999, expected: 1_000_000 }, "[███████████████████▉] 99 % 999,999 of 1,000,000 events removed"],
    [{ removed: 1_000_000, expected: 1_000_000 }, "1,000,000 events removed; clearing up what they have left"],
    [{ removed: 0, expected: 0 }, "0 events removed; clearing up what they have left"],
  ])("of %j is a bar, and then what is left to do", (progress, shown) => {
    const said: string[] = [];
    showRemoval({ ...createOutput(), status: (text) => void said.push(text) })(progress);
    expect(said).toEqual([shown]);
  });
});
