import { mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Build } from "../../src/version.ts";
import { hashFile, isCurrent, readStamp, stampOf } from "./stamp.ts";
import { staticLibsql } from "./static-libsql.ts";
import { bunRuntime, nativeLibsql, type Target } from "./targets.ts";

export const ROOT = join(import.meta.dirname, "../..");

export interface BuildOptions {
  readonly target: Target;
  readonly output: string;
  /** Also when nothing has changed. */
  readonly force: boolean;
  /** What `footfall version` says it was made from. */
  readonly revision: Build;
}

export interface Built {
  /** False: nothing had changed since the last build. */
  readonly isFresh: boolean;
  readonly bytes: number;
}

/** Files that decide what the bundle looks like without being in it. */
const SETTINGS = ["package.json", "bun.lock", "tsconfig.json"];

/**
 * Makes one executable of Bun, Footfall and libSQL. Call it in the repository's root.
 *
 * The stamp beside the output says what the binary was made from; the test suite builds each time.
 */
export async function buildBinary({ target, output, force, revision }: BuildOptions): Promise<Built> {
  const native = nativeLibsql(target, ".");
  const settings = await hashSettings(target, revision);
  const stampPath = `${output}.stamp.json`;
  if (!force && (await Bun.file(output).exists()) && (await isCurrent(await readStamp(stampPath), settings))) {
    return { isFresh: false, bytes: Bun.file(output).size };
  }
  const startedAtMs = Date.now();
  // Built aside and moved, so that a binary that runs, or another build, is never half overwritten.
  const aside = join(dirname(output), `.build-${process.pid}`);
  mkdirSync(aside, { recursive: true });
  try {
    const inputs = await compile(target, native, revision, join(aside, basename(output)));
    const stamp = await stampOf(settings, inputs, startedAtMs);
    rmSync(stampPath, { force: true });
    renameSync(join(aside, basename(output)), output);
    if (stamp) {
      await Bun.write(join(aside, "stamp.json"), JSON.stringify(stamp, null, 1));
      renameSync(join(aside, "stamp.json"), stampPath);
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return { isFresh: true, bytes: Bun.file(output).size };
}

/** @returns the files that are in it. */
async function compile(target: Target, native: string, revision: Build, outfile: string): Promise<readonly string[]> {
  const runtime = bunRuntime(target);
  const { success, logs, metafile } = await Bun.build({
    entrypoints: ["src/main.ts", ...workers()],
    // All entry points side by side: `new URL("./write-worker.ts", import.meta.url)` is resolved from
    // the bundle's root, whatever folder the line was written in.
    naming: "[name].[ext]",
    // Compiled ahead, the binary starts in half the time. Only for a machine like this one: Bun has made
    // bytecode before that crashed on another. Without a format it would be CommonJS, which has no `await`.
    format: "esm",
    bytecode: runtime === undefined,
    compile: {
      ...(runtime ? { target: runtime } : {}),
      outfile,
      // The settings are the environment's and the flags', not those of the folder it is started in.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    // Bun writes this variable's value into the bundle, whatever it is at run time.
    define: { "process.env.NODE_ENV": '"production"', FOOTFALL_BUILD: JSON.stringify(revision) },
    // Never the identifiers: Elysia reads the source of its handlers.
    minify: { whitespace: true, syntax: true, identifiers: false },
    // Inside the binary, so that stack traces name our files and lines.
    sourcemap: "linked",
    metafile: true,
    plugins: [staticLibsql(native)],
    throw: false,
  });
  if (!success || !metafile) throw new Error(["The build failed:", ...logs.map(String)].join("\n"));
  return Object.keys(metafile.inputs);
}

/** A thread is started by the name of its file, so each is an entry point. Their names must differ. */
function workers(): readonly string[] {
  return [...new Bun.Glob("src/**/*-worker.ts").scanSync(".")].sort();
}

async function hashSettings(target: Target, revision: Build): Promise<string> {
  const scripts = [...new Bun.Glob("*.ts").scanSync(import.meta.dirname)]
    .sort()
    .map((name) => join(import.meta.dirname, name));
  const hashes = await Promise.all([...SETTINGS, ...scripts].map(hashFile));
  return [target, revision.commit, revision.date, Bun.version, Bun.revision, ...workers(), ...hashes].join(" ");
}
