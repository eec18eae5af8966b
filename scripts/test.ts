import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs every folder of `test/` in a process of its own, one after the other: what one leaves behind,
 * threads of the database included, cannot disturb the next. Prints one summary at the end, with all that was
 * said of failures once more: the end is what one sees of a long run.
 */
const ROOT = join(import.meta.dir, "..");

const folders = readdirSync(join(ROOT, "test"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "support")
  .map((entry) => entry.name)
  .toSorted();

/** The number before ` pass` or ` fail` in the summary of `bun test`, 0 where there is none. */
const countOf = (what: "pass" | "fail", output: string): number =>
  Number(new RegExp(`^ *(\\d+) ${what}$`, "m").exec(output)?.[1] ?? 0);

/** Of a folder's output, at the end. */
const MAX_LINES_OF_FAILURES = 200;

/** What `bun test` says, without the tests that passed and files in which all did. */
function failuresIn(output: string): string {
  const lines = output.split("\n").filter((line) => !line.startsWith("(pass)"));
  const isEmptyFile = (line: string, next = "") => /^test\/\S+\.test\.ts:$/.test(line) && next === "";
  const told = lines.filter((line, at) => line !== "" && !isEmptyFile(line, lines[at + 1]));
  return told.slice(-MAX_LINES_OF_FAILURES).join("\n");
}

interface Result {
  readonly passed: number;
  readonly failed: number;
  /** What was said of failures; null where there was none. */
  readonly failures: string | null;
}

async function run(folder: string): Promise<Result> {
  console.log(`\n== test/${folder}`);
  const child = Bun.spawn([process.execPath, "test", `./test/${folder}/`], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
  });
  let output = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  const failures = (await child.exited) === 0 ? null : failuresIn(output);
  return { passed: countOf("pass", output), failed: countOf("fail", output), failures };
}

const failedFolders = new Map<string, string>();
let passed = 0;
let failed = 0;
for (const folder of folders) {
  const result = await run(folder);
  passed += result.passed;
  failed += result.failed;
  if (result.failures !== null) failedFolders.set(`test/${folder}`, result.failures);
}
for (const [folder, failures] of failedFolders) console.error(`\n== failures in ${folder}\n${failures}`);
console.log(`\n ${passed} pass\n ${failed} fail`);
if (failedFolders.size > 0) {
  console.error(`Failed: ${[...failedFolders.keys()].join(", ")}`);
  process.exitCode = 1;
}
