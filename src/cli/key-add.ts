import { Command } from "commander";
import { PERMISSIONS } from "../domain/api-key.ts";
import { BY_COMMAND } from "../domain/audit.ts";
import { type CreatedKey, createCreateKey } from "../domain/create-key.ts";
import { parseIsoTime } from "../domain/import-time.ts";
import { systemRandom } from "../lib/base62.ts";
import { systemClock } from "../lib/clock.ts";
import { isoTime } from "../lib/iso-time.ts";
import { splitList } from "../lib/split-list.ts";
import { UsageError } from "./failure.ts";
import type { Output } from "./output.ts";
import { parseNumber } from "./parse-number.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { keyAsJson, rateOf, rightsOf, sitesOf } from "./show-key.ts";
import type { UseStore } from "./use-store.ts";

interface KeyAddFlags extends Flags {
  readonly name: string;
  readonly admin?: boolean;
  readonly permissions?: string;
  readonly site?: readonly string[];
  readonly expires?: string;
  readonly tier?: string;
  readonly requestsPerMinute?: number;
  readonly json?: boolean;
}

export function createKeyAddCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(flags: KeyAddFlags): Promise<void> {
    const expiresAt = flags.expires === undefined ? null : parseExpiry(flags.expires);
    if (flags.admin && (flags.permissions !== undefined || flags.site)) {
      throw new UsageError("--admin means all permissions on all sites: leave out --permissions and --site");
    }
    if (flags.admin && (flags.tier !== undefined || flags.requestsPerMinute !== undefined)) {
      throw new UsageError("--admin means any number of requests: leave out --tier and --requests-per-minute");
    }
    const created = await useStore(flags, ({ keys, sites, audit }) =>
      createCreateKey({ keys, sites, audit, clock: systemClock, random: systemRandom })({
        name: flags.name,
        admin: flags.admin ?? false,
        permissions: splitList(flags.permissions ?? ""),
        expiresAt,
        requestsPerMinute: flags.requestsPerMinute ?? null,
        ...(flags.tier === undefined ? {} : { tier: flags.tier }),
        by: BY_COMMAND,
        ...(flags.site ? { sites: flags.site } : {}),
      }),
    );
    if (flags.json) output.printJson({ ...keyAsJson(created.key), key: created.secret });
    else {
      output.note(describe(created));
      output.print(created.secret);
    }
  }

  const command = new Command("add")
    .description("make an API key; its secret is printed once")
    .requiredOption("--name <name>", "what people call it")
    .option("--admin", "all permissions on all sites")
    .option("--permissions <list>", `separated by commas: ${PERMISSIONS.join(", ")}`)
    .option("--site <id...>", "only for these sites, by any of their names; all when left out")
    .option("--tier <tier>", "how many requests a minute: free (60), pro (600) or unlimited; free when left out")
    .option("--requests-per-minute <number>", "instead of the tier's", parseNumber)
    .option("--expires <time>", "ISO 8601, UTC unless it names a zone; never when left out")
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

function parseExpiry(text: string): number {
  const time = parseIsoTime(text);
  if (!time)
    throw new UsageError(`--expires is "${text}"; it must be a time such as 2030-01-31 or 2030-01-31T12:00:00Z`);
  return time.ms;
}

/** The secret itself goes to standard output alone, so that it can be caught in a variable. */
function describe({ key }: CreatedKey): string {
  const end = key.expiresAt === null ? "no expiry" : `valid until ${isoTime(key.expiresAt)}`;
  return `Key ${key.id} "${key.name}": ${rightsOf(key)}; sites: ${sitesOf(key)}; ${rateOf(key)}; ${end}. The secret is shown only this once:`;
}
