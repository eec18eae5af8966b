import { Command, Option } from "commander";
import { type FilterTexts, parseEventFilter } from "../domain/event-filter.ts";
import { createExportEvents, EXPORT_ORDERS, type ExportQuery } from "../domain/export-events.ts";
import { findSite } from "./find-site.ts";
import { formatNumber } from "./numbers.ts";
import type { Output } from "./output.ts";
import { createProgress, formatShare } from "./progress.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import type { UseStore } from "./use-store.ts";

interface ExportFlags extends Flags, Omit<FilterTexts, "includeTest"> {
  readonly site: string;
  readonly format: "jsonl" | "csv";
  readonly order: ExportQuery["order"];
  readonly cursor?: string;
  readonly includeTest?: boolean;
}

export function createExportCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(flags: ExportFlags): Promise<void> {
    // Loaded here: the CSV library would slow down the start of every other command.
    const { EXPORT_ENCODERS } = await import("../domain/export-format.ts");
    await useStore(flags, async ({ reader, sites }) => {
      const site = await findSite(sites, flags.site);
      const filter = parseEventFilter(site.id, { ...flags, includeTest: String(flags.includeTest ?? false) });
      const exportEvents = createExportEvents({ reader, wait: Bun.sleep });
      const encoder = EXPORT_ENCODERS[flags.format](site);
      const { order, cursor } = flags;
      const isWhole = cursor === undefined;
      const showProgress = createExportProgress(output, isWhole ? () => reader.countEvents(filter) : null);
      // What is continued has its header already.
      if (isWhole) await output.write(encoder.header);
      try {
        for await (const events of exportEvents({ site, filter, order, ...(isWhole ? {} : { cursor }) })) {
          if (!(await output.write(encoder.encode(events)))) break;
          showProgress(events.length);
        }
      } finally {
        output.status("");
      }
    });
  }

  const command = new Command("export")
    .description("write the events of a site to standard output; import reads them back without loss")
    .requiredOption("--site <id>", "the site, by any of its names")
    .addOption(new Option("--format <format>", "how to write them").choices(["jsonl", "csv"]).default("jsonl"))
    .option("--event-type <type>", "only events of this type")
    .option("--event-name <name>", "only events of this name")
    .option("--session-id <id>", "only events of this session")
    .option("--visitor-id <id>", "only events of this visitor")
    .option("--url <url>", "only events of exactly this URL")
    .option("--path <path>", "only events whose path begins with this")
    .option("--from <time>", "not before this time: ISO 8601, ms since 1970, or a date")
    .option("--to <time>", "not after this time; a date means its whole day")
    .addOption(new Option("--bots <which>", "what bots did").choices(["include", "exclude"]).default("include"))
    .option("--include-test", "also test events")
    .addOption(
      new Option("--order <order>", "by the time of the event, or in order of arrival")
        .choices(EXPORT_ORDERS)
        .default("asc"),
    )
    .option("--cursor <key>", "go on behind the event with this dedupeKey");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

/**
 * A status line with events, events a second and, as soon as it is known how many there are, a bar.
 *
 * @param count is asked beside the export, which does not wait for it; null where it would count others, too.
 */
function createExportProgress(output: Output, count: (() => Promise<number>) | null): (events: number) => void {
  // On one terminal, the events themselves tell how it gets on.
  if (!output.isWatched) return () => {};
  let done = 0;
  let total: number | null = null;
  count?.().then(
    (n) => {
      total = n;
    },
    // It takes too long to count: then there is no bar.
    () => {},
  );
  const show = createProgress<void>(output.status, (_, seconds) => {
    const bar = formatShare(total && done / total);
    return `${bar && `${bar} `}${formatNumber(done)} events, ${formatNumber(Math.round(done / seconds))} events/s`;
  });
  return (events) => {
    done += events;
    show();
  };
}
