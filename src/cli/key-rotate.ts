import { Command } from "commander";
import { BY_COMMAND } from "../domain/audit.ts";
import { createRotateKey, DEFAULT_OVERLAP, type RotatedKey } from "../domain/rotate-key.ts";
import { systemRandom } from "../lib/base62.ts";
import { systemClock } from "../lib/clock.ts";
import { parseDuration } from "../lib/duration.ts";
import { isoTime } from "../lib/iso-time.ts";
import { UsageError } from "./failure.ts";
import { findKey } from "./find-key.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { keyAsJson } from "./show-key.ts";
import type { UseStore } from "./use-store.ts";

interface KeyRotateFlags extends Flags {
  readonly overlap: string;
  readonly json?: boolean;
}

export function createKeyRotateCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(reference: string, flags: KeyRotateFlags): Promise<void> {
    const overlapMs = parseOverlap(flags.overlap);
    const rotated = await useStore(flags, async ({ keys, audit }) => {
      const { id } = await findKey(keys, reference);
      return createRotateKey({ keys, audit, clock: systemClock, random: systemRandom })({
        id,
        overlapMs,
        by: BY_COMMAND,
      });
    });
    const previousValidUntil = rotated.previousUntil === null ? null : isoTime(rotated.previousUntil);
    if (flags.json) output.printJson({ ...keyAsJson(rotated.key), key: rotated.secret, previousValidUntil });
    else {
      output.note(describe(rotated, previousValidUntil));
      output.print(rotated.secret);
    }
  }

  const command = new Command("rotate")
    .description("give a key a new secret, which is printed once; id, rights and end stay")
    .argument("<id>", "the 8 letters after ff_")
    .option("--overlap <duration>", "how long the old secret stays valid: 0s to 30d", DEFAULT_OVERLAP)
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

function parseOverlap(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new UsageError(`--overlap is "${text}"; it must be a number and a unit: 0s, 30m, 24h or 7d`);
  return ms;
}

/** The secret itself goes to standard output alone, so that it can be caught in a variable. */
function describe({ key }: RotatedKey, previousValidUntil: string | null): string {
  const old = previousValidUntil === null ? "is not valid any more" : `stays valid until ${previousValidUntil}`;
  return `Key ${key.id} "${key.name}" has a new secret; the old one ${old}. It is shown only this once:`;
}
