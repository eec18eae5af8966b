import { Command } from "commander";
import { keyIdOf } from "../domain/api-key-secret.ts";
import { BY_COMMAND } from "../domain/audit.ts";
import { AppError } from "../domain/errors.ts";
import { isCleanText } from "../domain/text.ts";
import { systemClock } from "../lib/clock.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import type { UseStore } from "./use-store.ts";

interface KeyRevokeFlags extends Flags {
  readonly json?: boolean;
}

export function createKeyRevokeCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(reference: string, flags: KeyRevokeFlags): Promise<void> {
    const id = toKeyId(reference);
    await useStore(flags, async ({ keys, audit }) => {
      const key = isCleanText(id) ? await keys.findKey(id) : null;
      if (!key) throw new AppError("not_found", `there is no key "${id}"; "footfall key list" shows all of them`);
      if (!(await keys.revokeKey(id, systemClock.now()))) {
        throw new AppError("conflict", `the key ${id} is revoked already`);
      }
      await audit.record({ action: "key.revoke", by: BY_COMMAND, subject: id });
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

/** `ff_<id>` is understood too, and the whole secret, of which only the id is used. */
function toKeyId(reference: string): string {
  return keyIdOf(reference) ?? /^ff_([0-9A-Za-z]{8})$/.exec(reference)?.[1] ?? reference;
}
