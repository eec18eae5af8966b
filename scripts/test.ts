import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs every folder of `test/` in a process of its own, one after the other: what one leaves behind,
 * threads of the database included, cannot disturb the next. Prints one summary at the end.
 */
const ROOT = join(import.meta.dir, "..");

const folders = readdirSync(join(ROOT, "test"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "support")
  .map((entry) => entry.name)
  .toSorted();

/** The number before ` pass` or ` fail` in the summary of `bun test`, 0 where there is none. */
const countOf = (what: "pass" | "fail", output: string): number =>
  Number(new RegExp(`^ *(\\d+) ${what}$`, "m").exec(output)?.[1] ?? 0);

async function run(folder: string): Promise<{ passed: number; failed: number; exitCode: number }> {
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
  return { passed: countOf("pass", output), failed: countOf("fail", output), exitCode: await child.exited };
}

const failures: string[] = [];
let passed = 0;
let failed = 0;
for (const folder of folders) {
  const result = await run(folder);
  passed += result.passed;
  failed += result.failed;
  if (result.exitCode !== 0) failures.push(`test/${folder}`);
}
console.log(`\n ${passed} pass\n ${failed} fail`);
if (failures.length > 0) {
  console.error(`Failed: ${failures.join(", ")}`);
  process.exitCode = 1;
}
