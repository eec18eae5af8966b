import { parseArgs } from "node:util";
import type { Build } from "../src/version.ts";
import { buildBinary, ROOT } from "./binary/build-binary.ts";
import { readRevision } from "./binary/revision.ts";
import { hostTarget, readTarget, TARGET_NAMES, type Target } from "./binary/targets.ts";

const USAGE = `bun scripts/build.ts [--target ${TARGET_NAMES.join("|")}] [--force] [--commit C --date YYYY-MM-DD]`;

interface Wish {
  readonly target: Target;
  /** Below the repository. */
  readonly output: string;
  readonly force: boolean;
  readonly revision: Build;
}

/** @throws for an option or a target that does not exist. */
function parseWish(args: readonly string[]): Wish {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: "string" },
      force: { type: "boolean", default: false },
      commit: { type: "string", default: "" },
      date: { type: "string", default: "" },
    },
  });
  const { target, force, commit, date } = values;
  // Empty: an image is built where git is not, and may or may not have been told.
  const read = readRevision();
  const revision = { commit: commit || read.commit, date: date || read.date };
  if (target === undefined) return { target: hostTarget(), output: "dist/footfall", force, revision };
  return { target: readTarget(target), output: `dist/footfall-${target}`, force, revision };
}

async function main(args: readonly string[]): Promise<number> {
  // Bun names its inputs relative to the working directory.
  process.chdir(ROOT);
  let wish: Wish;
  try {
    wish = parseWish(args);
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: ${USAGE}`);
    return 2;
  }
  try {
    const startedAt = performance.now();
    const built = await buildBinary(wish);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(
      built.isFresh
        ? `${wish.output} (${wish.target}): ${(built.bytes / 1e6).toFixed(0)} MB in ${seconds} s`
        : `${wish.output} (${wish.target}) is up to date`,
    );
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
