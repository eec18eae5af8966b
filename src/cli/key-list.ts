import { Command } from "commander";
import { systemClock } from "../lib/clock.ts";
import { isoTime } from "../lib/iso-time.ts";
import { addListFlags, type ListFlags } from "./list-flags.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { listedKeyAsJson, rateOf, rightsOf, sitesOf, stateOf } from "./show-key.ts";
import type { UseStore } from "./use-store.ts";

interface KeyListFlags extends Flags, ListFlags {}

export function createKeyListCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(flags: KeyListFlags): Promise<void> {
    const keys = await useStore(flags, (store) => store.keys.listKeys());
    const now = systemClock.now();
    const rows = keys.map((key) => [
      key.id,
      key.name,
      rightsOf(key),
      sitesOf(key),
      rateOf(key),
      isoTime(key.createdAt).slice(0, 10),
      key.lastUsedAt === null ? "never" : isoTime(key.lastUsedAt).slice(0, 16),
      stateOf(key, now),
    ]);
    const head = ["ID", "NAME", "RIGHTS", "SITES", "RATE", "CREATED", "LAST USED", "STATE"];
    output.printList({ head, rows, values: keys.map(listedKeyAsJson) }, flags);
  }

  const command = new Command("list").description("show all keys, without secrets");
  return addSettingFlags(addListFlags(command), DATABASE_SETTINGS).action(run);
}
