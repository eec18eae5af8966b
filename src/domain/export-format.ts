import { stringify } from "csv-stringify/sync";
import { EXPORT_FIELDS, exportedTexts, exportedTimes, exportKeyOf, type WrittenEvent } from "./exported-event.ts";
import type { Site } from "./site.ts";

/** How exported events are written. */
export interface ExportEncoder {
  /** Stands before the first event; empty where the format has none. */
  readonly header: string;
  /** Whole lines, each with its line break. */
  encode(events: readonly WrittenEvent[]): string;
}

type CreateEncoder = (site: Pick<Site, "trackingCode">) => ExportEncoder;

/** One JSON object a line, in UTF-8; every field is in every line. */
const createJsonLines: CreateEncoder = (site) => ({
  header: "",
  encode(events) {
    let lines = "";
    for (const event of events) {
      const { value, properties, data } = exportedTexts(event);
      const [timestamp, createdAt] = exportedTimes(event);
      const key = JSON.stringify(exportKeyOf(event, site));
      lines += `{"dedupeKey":${key},${event.beforeTimes},"timestamp":"${timestamp}","createdAt":"${createdAt}",${event.behindTimes},"isTest":${event.isTest},"value":${value},"properties":${properties},"data":${data}}\n`;
    }
    return lines;
  },
});

/** An empty text is `""` and nothing at all is nothing, so that they stay apart; line breaks are quoted. */
const CSV_OPTIONS = {
  record_delimiter: "\n",
  quoted_match: /^$/,
  quote_record_delimiter: true,
  cast: { boolean: String },
} as const;

/** RFC 4180 with a header, and line feeds for its line breaks. */
const createCsv: CreateEncoder = (site) => ({
  header: stringify([[...EXPORT_FIELDS]], CSV_OPTIONS),
  encode: (events) =>
    stringify(
      events.map((event) => [
        exportKeyOf(event, site),
        ...valuesOf(event.beforeTimes),
        ...exportedTimes(event),
        ...valuesOf(event.behindTimes),
        event.isTest,
        ...Object.values(exportedTexts(event)),
      ]),
      CSV_OPTIONS,
    ),
});

const valuesOf = (members: string): unknown[] => Object.values(JSON.parse(`{${members}}`));

export const EXPORT_FORMATS = ["jsonl", "csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const EXPORT_ENCODERS = { jsonl: createJsonLines, csv: createCsv } as const satisfies Record<
  ExportFormat,
  CreateEncoder
>;
