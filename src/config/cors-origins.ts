import { wrongValue } from "./config-error.ts";

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,\\]+$/i;

/**
 * Origins as browsers send them: lower case, without the scheme's own port; `["*"]` for every origin.
 *
 * @param list separated by commas; blanks around each do not matter.
 * @throws ConfigError
 */
export function parseCorsOrigins(list: string): readonly string[] {
  const origins = list
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  for (const origin of origins) {
    if (origin !== "*" && !(ORIGIN.test(origin) && URL.canParse(origin))) {
      throw wrongValue(
        "CORS_ORIGINS",
        list,
        "* or origins such as https://example.com, separated by commas, without a path",
      );
    }
  }
  return origins.includes("*") ? ["*"] : [...new Set(origins.map(normalize))];
}

function normalize(origin: string): string {
  // Only for the schemes of the web does URL know the origin; others (app schemes) keep their text.
  return /^https?:/i.test(origin) ? new URL(origin).origin : origin.toLowerCase();
}
