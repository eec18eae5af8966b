import { Command } from "commander";
import { BY_COMMAND } from "../domain/audit.ts";
import { AppError } from "../domain/errors.ts";
import { createRevokeKey } from "../domain/revoke-key.ts";
import { systemClock } from "../lib/clock.ts";
import { findKey } from "./find-key.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import type { UseStore } from "./use-store.ts";

interface KeyRevokeFlags extends Flags {
  readonly json?: boolean;
}

export function createKeyRevokeCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(reference: string, flags: KeyRevokeFlags): Promise<void> {
    const id = await useStore(flags, async ({ keys, audit }) => {
      const key = await findKey(keys, reference);
      const revokeKey = createRevokeKey({ keys, audit, clock: systemClock });
      if ((await revokeKey({ id: key.id, by: BY_COMMAND })) === null) {
        throw new AppError("conflict", `the key ${key.id} is revoked already`);
      }
      return key.id;
    });
    if (flags.json) output.printJson({ id, revoked: true });
    else output.print(`Key ${id} is revoked; a running server refuses it within a second.`);
  }

  const command = new Command("revoke")
    .description("end a key for good")
    .argument("<id>", "the 8 letters after ff_")
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}
