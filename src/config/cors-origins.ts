import { normalizeOrigin } from "../lib/origin.ts";
import { splitList } from "../lib/split-list.ts";
import { wrongValue } from "./config-error.ts";

/**
 * Origins as browsers send them; `["*"]` for every origin.
 *
 * @param list separated by commas; blanks around each do not matter.
 * @throws ConfigError
 */
export function parseCorsOrigins(list: string): readonly string[] {
  const items = splitList(list);
  const origins = items.map((item) => (item === "*" ? item : normalizeOrigin(item))).filter((item) => item !== null);
  if (origins.length < items.length) {
    throw wrongValue(
      "CORS_ORIGINS",
      list,
      "* or origins such as https://example.com, separated by commas, without a path",
    );
  }
  return origins.includes("*") ? ["*"] : [...new Set(origins)];
}
