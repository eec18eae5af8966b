import { readGuide } from "./guide.ts";

/** One fenced block of a guide. */
export interface Block {
  /** What stands behind the fence: `sh`, `js`, `json` … */
  readonly language: string;
  readonly code: string;
  /** The file that its first line names in a comment (`# /etc/footfall.env`); null where it names none. */
  readonly file: string | null;
}

const FENCE = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

const FILE = /^(?:#|\/\/|<!--) (\S*[\w-]\.\w+|\S*\/[\w.-]+)(?: -->)?\n/;

export function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(FENCE)].map(([, , language = "", code = ""]) => ({
    language,
    code,
    file: FILE.exec(code)?.[1] ?? null,
  }));
}

export const readBlocks = async (name: string): Promise<readonly Block[]> => blocksOf(await readGuide(name));

/** The one block of these that holds a file of this name. */
export function fileIn(blocks: readonly Block[], name: string): string {
  const [found, ...others] = blocks.filter(({ file }) => file?.split("/").at(-1) === name);
  if (found === undefined || others.length > 0) throw new Error(`Not one block holds the file ${name}`);
  return found.code;
}
