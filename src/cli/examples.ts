import type { Command } from "commander";
import { bold } from "./style.ts";

/** What each command is used for, shown at the end of its help. Ids are made up. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  serve: [
    "footfall serve",
    "footfall serve --port 8080 --database-url file:/var/lib/footfall/footfall.db",
    "FOOTFALL_ADMIN_KEY=$(cat admin.key) footfall serve --host 0.0.0.0",
  ],
  "site add": [
    "footfall site add --name Shop --domain shop.example",
    "CODE=$(footfall site add --name Shop --domain shop.example --json | jq -r .trackingCode)",
  ],
  "site list": ["footfall site list", "footfall site list | jq -r '.[].trackingCode'", "footfall site list --deleted"],
  "site set": [
    "footfall site set shop-example --retention-days 365",
    "footfall site set web-2 --public-read --allowed-origins https://shop.example",
  ],
  "site remove": ["footfall site remove web-2"],
  "site restore": ["footfall site restore web-2"],
  "key add": [
    "footfall key add --name dashboard --permissions events:read --site web-2 --tier pro",
    "footfall key add --name me --admin",
    "KEY=$(footfall key add --name importer --permissions events:write --expires 2027-01-01)",
  ],
  "key list": ["footfall key list", `footfall key list | jq -r '.[] | select(.lastUsedAt == null) | .id'`],
  "key rotate": ["footfall key rotate h3Qe0LrW", "footfall key rotate h3Qe0LrW --overlap 7d"],
  "key revoke": ["footfall key revoke h3Qe0LrW"],
  import: [
    "footfall import access.log access.log.1.gz --site web-2",
    "footfall import events.jsonl --site web-2",
    "ssh web zcat /var/log/nginx/access.log.2.gz | footfall import - --format combined --site web-2",
  ],
  export: [
    "footfall export --site web-2 > events.jsonl",
    "footfall export --site web-2 --format csv --event-type conversion --from 2026-01-01 > conversions.csv",
    "footfall export --site web-2 | ssh elsewhere footfall import - --format jsonl --site web-1",
  ],
  backup: ["footfall backup /backups/footfall.db --force", "footfall backup /backups/ --keep 14"],
  restore: ["footfall restore /backups/footfall.db", "footfall restore /backups/footfall.db --force"],
  check: ["footfall check"],
  compact: ["footfall compact"],
  reclassify: ["footfall reclassify --site web-2"],
  purge: ["footfall purge --dry-run", "footfall purge"],
  retention: ["footfall retention --dry-run", "footfall retention"],
  "test-server": ["footfall test-server", "footfall test-server --port 4000 --ingest-limit off"],
  health: ["footfall health", "footfall health --host 10.0.0.5 --port 8080 && echo up"],
  version: ["footfall version", "footfall version --json"],
};

/** Adds to the help of every command below `program` what it is used for. */
export function addExamples(program: Command, parents: readonly string[] = []): void {
  for (const command of program.commands) {
    const path = [...parents, command.name()];
    addExamples(command, path);
    const examples = EXAMPLES[path.join(" ")];
    if (examples) command.addHelpText("after", () => formatExamples(examples));
  }
}

const formatExamples = (examples: readonly string[]): string =>
  ["", bold("Examples:"), ...examples.map((line) => `  ${line}`)].join("\n");
