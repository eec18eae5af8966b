/** What is known of the commit that a release is to be made of. */
export interface Candidate {
  /** As in its `package.json`. */
  readonly version: string;
  /** Its CHANGELOG. */
  readonly changelog: string;
  /** The tags that point to it. */
  readonly tags: readonly string[];
  /** The Bun that its types are for, and the one that runs. */
  readonly bun: { readonly wanted: string; readonly running: string };
}

/** Why no release can be made of it, and what to do about that; null where one can. */
export function whyNoRelease({ version, changelog, tags, bun }: Candidate): string | null {
  if (bun.running !== bun.wanted) {
    return `this is Bun ${bun.running}, and the runtime goes into the binary: use ${bun.wanted}`;
  }
  const hasSection = changelog.split("\n").some((line) => line.startsWith(`## [${version}] - `));
  if (!hasSection) return `CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD": say what changes for users`;
  if (!tags.includes(`v${version}`)) return `the commit is not tagged: git tag --annotate v${version}`;
  return null;
}
