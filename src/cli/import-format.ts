import { basename } from "node:path";

export const IMPORT_FORMATS = ["jsonl", "csv", "combined"] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** What stands for standard input. */
export const STDIN = "-";

/** By the file's name, also of a compressed one; null where it does not tell. */
export function formatOfName(file: string): ImportFormat | null {
  const name = basename(file).toLowerCase().replace(/\.gz$/, "");
  if (/\.(?:jsonl|ndjson)$/.test(name)) return "jsonl";
  if (name.endsWith(".csv")) return "csv";
  // access.log, access.log.1, access.log-20250131, access_log, example.com.log, other_vhosts_access.log.2
  if (/\.log(?:[.-]\d+)?$|^access[._]log/.test(name)) return "combined";
  return null;
}

export const isCompressed = (file: string): boolean => file.toLowerCase().endsWith(".gz");
