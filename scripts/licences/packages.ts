import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A package as it is installed. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, as the package says it; null where it says none. */
  readonly licence: string | null;
  readonly folder: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

function licenceOf({ license, licenses }: Manifest): string | null {
  const said = typeof license === "string" ? license : license?.type;
  return said ?? licenses?.map(({ type }) => type).join(" OR ") ?? null;
}

/** Where `name` is found from `folder` on upwards; null where it is not installed (another machine's, say). */
function resolveFolder(name: string, folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (at === dirname(at)) return null;
  }
}

/**
 * The packages that a project needs, and those that these need, each once and sorted by name.
 *
 * @param root the project's folder, with everything installed.
 * @param kind `included`: what its own code may load when it runs; `all`: also what it is built and tested with.
 * @throws where a package that is needed is not installed.
 */
export function findPackages(root: string, kind: "included" | "all"): readonly Package[] {
  const found = new Map<string, Package>();

  function visit(folder: string): void {
    const manifest = readManifest(folder);
    const needed = Object.keys({
      ...manifest.dependencies,
      ...(folder === root && kind === "all" ? manifest.devDependencies : {}),
    });
    const perhaps = Object.keys({ ...manifest.optionalDependencies, ...manifest.peerDependencies });
    for (const name of [...needed, ...perhaps]) {
      const dependency = resolveFolder(name, folder);
      if (dependency !== null) add(dependency);
      else if (needed.includes(name)) throw new Error(`${name} is not installed: run bun install`);
    }
  }

  function add(folder: string): void {
    const manifest = readManifest(folder);
    const id = `${manifest.name}@${manifest.version}`;
    if (found.has(id)) return;
    found.set(id, { name: manifest.name, version: manifest.version, licence: licenceOf(manifest), folder });
    visit(folder);
  }

  visit(root);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

const TEXT_FILE =
  /^(?:[a-z]+-)?(?:licen[cs]e|copying|notice|unlicense)(?:[-.](?:md|txt|mit|apache|apache2|apache-2\.0))?$/i;

/** The texts of licences and notices that a package comes with, in the order of their names. */
export function licenceTexts({ folder }: Package): readonly string[] {
  return readdirSync(folder)
    .filter((name) => TEXT_FILE.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim());
}
