import { version } from "../package.json" with { type: "json" };

/** The release, as in `package.json`. */
export { version };

/** What a binary was made from. */
export interface Build {
  /** Short hash of the commit; with `-dirty` where files had been changed since; "unknown" outside of a repository. */
  readonly commit: string;
  /** Day of that commit, so that the same source gives the same binary; of the build, where there is no commit. */
  readonly date: string;
}

/** Null when it runs from source. */
export const build: Build | null = typeof FOOTFALL_BUILD === "undefined" ? null : FOOTFALL_BUILD;

/** `0.1.0 (1a2b3c4, 2026-01-31)`. */
export const versionForPeople: string =
  build === null ? `${version} (from source)` : `${version} (${build.commit}, ${build.date})`;
