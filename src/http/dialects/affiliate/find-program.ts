import { AppError, invalid } from "../../../domain/errors.ts";
import type { FindProgram, ProgramHints } from "../../../domain/find-program.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import type { Site } from "../../../domain/site.ts";
import type { Admission } from "../../admission.ts";
import { type Caller, mayWrite } from "../../caller.ts";

/** The program of a path, for reading. */
export type FindReadableProgram = (caller: Caller, programId: string) => Promise<Site>;

/** @throws `not_found`, `forbidden` for a key that is for other programs. */
export function createFindReadableProgram(deps: { sites: SiteStore; admission: Admission }): FindReadableProgram {
  const { sites, admission } = deps;
  return async (caller, programId) => {
    const id = /^[1-9]\d{0,14}$/.test(programId) ? Number(programId) : null;
    const site = id === null ? null : await sites.findSite({ by: "id", id });
    if (!site) throw new AppError("not_found", "Program not found");
    if (!admission.admitReader(caller, site)) throw otherPrograms();
    return site;
  };
}

/** Sites that the caller's key is for; null: all, or no key. */
export const sitesOf = ({ key }: Caller): readonly number[] | null => (key === null || key.admin ? null : key.siteIds);

/**
 * The program that an event belongs to, for posting it: limits and origins are settled.
 *
 * @throws `forbidden` for a key that is for other programs, and what {@link Admission.admit} throws.
 */
export interface FindWritableProgram {
  /** @throws `invalid_input` where no site has the domain that the link leads to, and none is named. */
  ofLink(
    caller: Caller,
    link: { readonly host: string | null; readonly programId: number | null; readonly isTest: boolean },
  ): Promise<Site>;
  /** @throws as {@link FindProgram.ofOrigin}. */
  ofOrigin(caller: Caller, hints: Omit<ProgramHints, "siteIds">): Promise<Site>;
  /** For changing what was posted. @throws `invalid_input` where there is no such program. */
  named(caller: Caller, programId: number): Promise<Site>;
}

export function createFindWritableProgram(deps: {
  findProgram: FindProgram;
  admission: Admission;
}): FindWritableProgram {
  const { findProgram, admission } = deps;

  function writable(caller: Caller, site: Site): Site {
    if (!mayWrite(caller, site)) throw otherPrograms();
    return site;
  }

  function admit(caller: Caller, site: Site): Site {
    admission.admit(caller, writable(caller, site));
    return site;
  }

  return {
    async ofLink(caller, { host, programId, isTest }) {
      const named = () => (programId === null ? null : findProgram.named(programId));
      // A test is one of the program that it names, wherever its link leads to.
      const first = isTest ? await named() : null;
      const site = first ?? (host === null ? null : await findProgram.ofHost(host)) ?? (await named());
      if (site) return admit(caller, site);
      throw invalid(
        "affiliate_url",
        "Must lead to the domain of a program, unless program_id names one",
        "No program was found",
      );
    },
    async ofOrigin(caller, hints) {
      return admit(caller, await findProgram.ofOrigin({ ...hints, siteIds: sitesOf(caller) }));
    },
    async named(caller, programId) {
      return writable(caller, await findProgram.named(programId));
    },
  };
}

const otherPrograms = (): AppError => new AppError("forbidden", "The API key is for other programs");
