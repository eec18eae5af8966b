/** One line of a Dockerfile, continuations joined. */
export interface Instruction {
  /** In capitals. */
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  /** Null: the last stage. */
  readonly name: string | null;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

export interface Copy {
  /** The stage that the files come from; null: the repository. */
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly destination: string;
}

export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const joined = lines.join("\n").replaceAll("\\\n", " ").split("\n");
  const stages: { name: string | null; base: string; instructions: Instruction[] }[] = [];
  for (const line of joined) {
    const [, name = "", rest = ""] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === "") continue;
    if (name === "FROM") {
      const [, base = "", stage = null] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? [];
      stages.push({ name: stage, base, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ name: name.toUpperCase(), text: rest.trim() });
    }
  }
  return stages;
}

export function parseCopy(text: string): Copy {
  const words = text.split(/\s+/);
  const flags = words.filter((word) => word.startsWith("--"));
  const paths = words.filter((word) => !word.startsWith("--"));
  const from = flags.find((flag) => flag.startsWith("--from="))?.slice("--from=".length) ?? null;
  return { from, sources: paths.slice(0, -1), destination: paths.at(-1) ?? "" };
}

/** The paths that a `.dockerignore` which refuses everything lets through. */
export function allowedPaths(dockerignore: string): readonly string[] {
  const lines = dockerignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (lines[0] !== "*") throw new Error("The first pattern of .dockerignore is not *");
  return lines.slice(1).map((line) => line.replace(/^!/, ""));
}
