import { join } from "node:path";
import { parseArgs } from "node:util";
import { findForbidden } from "./licences/forbidden.ts";
import { formatNotices } from "./licences/notices.ts";
import { findPackages } from "./licences/packages.ts";

/**
 * `bun run licences [--write]`: fails on a package whose licence we may not use, and on a list of
 * notices that is out of date; `--write` brings it up to date.
 */
const { values: flags } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const ROOT = join(import.meta.dir, "..");
const NOTICES = join(ROOT, "THIRD_PARTY_LICENSES");

const all = findPackages(ROOT, "all");
const forbidden = findForbidden(all);
for (const problem of forbidden) console.error(problem);

const notices = formatNotices(findPackages(ROOT, "included"));
if (flags.write) await Bun.write(NOTICES, notices);
const isCurrent =
  (await Bun.file(NOTICES)
    .text()
    .catch(() => "")) === notices;
if (!isCurrent) console.error("THIRD_PARTY_LICENSES is out of date: run bun run licences --write");

console.log(`${all.length} packages, ${forbidden.length} with a licence that is not allowed`);
process.exitCode = forbidden.length === 0 && isCurrent ? 0 : 1;
