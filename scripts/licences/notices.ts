import { licenceTexts, type Package } from "./packages.ts";

const HEAD = `Footfall's binary includes the software below, each under its own licence.

It begins with Bun (https://bun.sh, MIT), which includes JavaScriptCore (LGPL-2.0) and other libraries; their licences
are listed at https://bun.sh/docs/project/licensing.
`;

const RULE = "=".repeat(80);

/** The text of THIRD_PARTY_LICENSES: every package, its licence, and the texts that it comes with. */
export function formatNotices(packages: readonly Package[]): string {
  // The native half of libSQL is another package on each machine, and comes without a text of its own.
  const portable = packages.filter(({ name }) => !/^@libsql\/(?:linux|darwin|win32)-/.test(name));
  const sections = portable.map((one) => {
    const texts = licenceTexts(one);
    const body = texts.length > 0 ? texts.join(`\n\n${"-".repeat(80)}\n\n`) : `Licence: ${one.licence}`;
    return `${RULE}\n${one.name} ${one.version} (${one.licence})\n${RULE}\n\n${body}\n`;
  });
  return `${HEAD}\n${sections.join("\n")}`;
}
