import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./binary/build-binary.ts";
import { bunRuntime, readTarget, TARGET_NAMES, type Target } from "./binary/targets.ts";
import { checkOut, run } from "./release/checkout.ts";
import { whyNoRelease } from "./release/refusal.ts";

const USAGE = `bun scripts/release.ts [--snapshot] [--target ${TARGET_NAMES.join("|")}]… [--output dist/release]`;

/** What goes beside the binaries: they hold other people's work. */
const NOTICES = ["LICENSE", "THIRD_PARTY_LICENSES"];

interface Wish {
  readonly targets: readonly Target[];
  readonly output: string;
  /** Of a commit that is no release. */
  readonly isSnapshot: boolean;
}

/** @throws for an option or a target that does not exist. */
function parseWish(args: readonly string[]): Wish {
  const { values } = parseArgs({
    args: [...args],
    options: {
      snapshot: { type: "boolean", default: false },
      target: { type: "string", multiple: true, default: [...TARGET_NAMES] },
      output: { type: "string", default: join(ROOT, "dist/release") },
    },
  });
  return { targets: values.target.map(readTarget), output: resolve(values.output), isSnapshot: values.snapshot };
}

/** @throws where no release can be made of the commit. */
async function assertReleasable(checkout: string): Promise<void> {
  const { version, devDependencies } = await Bun.file(join(checkout, "package.json")).json();
  const refusal = whyNoRelease({
    version,
    changelog: await Bun.file(join(checkout, "CHANGELOG.md")).text(),
    tags: (await run(["git", "tag", "--points-at", "HEAD"], ROOT)).split("\n"),
    bun: { wanted: devDependencies["bun-types"], running: Bun.version },
  });
  if (refusal !== null) throw new Error(`No release of HEAD: ${refusal} (or try it out with --snapshot)`);
}

/** Binaries, notices and their sums, in a folder that replaces the last one when all of it is there. */
async function release({ targets, output, isSnapshot }: Wish): Promise<void> {
  const [commit = "", date = ""] = (
    await run(["git", "show", "--no-patch", "--format=%h %cs", "--abbrev=7", "HEAD"], ROOT)
  ).split(" ");
  const isForOthers = targets.some((target) => bunRuntime(target) !== undefined);
  await using checkout = await checkOut(ROOT, "HEAD", isForOthers);
  if (!isSnapshot) await assertReleasable(checkout.path);
  const aside = join(dirname(output), `.release-${process.pid}`);
  await mkdir(aside, { recursive: true });
  try {
    for (const target of targets) {
      const build = ["scripts/build.ts", "--target", target, "--commit", commit, "--date", date];
      console.log(await run([process.execPath, ...build], checkout.path));
      await cp(join(checkout.path, `dist/footfall-${target}`), join(aside, `footfall-${target}`));
    }
    for (const name of NOTICES) await cp(join(checkout.path, name), join(aside, name));
    await Bun.write(join(aside, "SHA256SUMS"), await sumsOf(aside));
    await rm(output, { recursive: true, force: true });
    await rename(aside, output);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  console.log(`\n${await Bun.file(join(output, "SHA256SUMS")).text()}\nin ${output}`);
}

/** A line for each file, as `sha256sum --check` reads it. */
async function sumsOf(folder: string): Promise<string> {
  const lines: string[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    const hash = new Bun.CryptoHasher("sha256");
    for await (const chunk of Bun.file(join(folder, name)).stream()) hash.update(chunk);
    lines.push(`${hash.digest("hex")}  ${name}\n`);
  }
  return lines.join("");
}

async function main(args: readonly string[]): Promise<number> {
  let wish: Wish;
  try {
    wish = parseWish(args);
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: ${USAGE}`);
    return 2;
  }
  try {
    await release(wish);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
