import { Command } from "commander";
import { systemClock } from "../lib/clock.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { listedKeyAsJson, rateOf, rightsOf, sitesOf, stateOf } from "./show-key.ts";
import { formatTable } from "./table.ts";
import type { UseStore } from "./use-store.ts";

interface KeyListFlags extends Flags {
  readonly json?: boolean;
}

export function createKeyListCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(flags: KeyListFlags): Promise<void> {
    const keys = await useStore(flags, (store) => store.keys.listKeys());
    if (flags.json) return output.printJson(keys.map(listedKeyAsJson));
    const now = systemClock.now();
    const rows = keys.map((key) => [
      key.id,
      key.name,
      rightsOf(key),
      sitesOf(key),
      rateOf(key),
      new Date(key.createdAt).toISOString().slice(0, 10),
      key.lastUsedAt === null ? "never" : new Date(key.lastUsedAt).toISOString().slice(0, 16),
      stateOf(key, now),
    ]);
    output.print(formatTable([["ID", "NAME", "RIGHTS", "SITES", "RATE", "CREATED", "LAST USED", "STATE"], ...rows]));
  }

  const command = new Command("list").description("show all keys, without secrets").option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}
