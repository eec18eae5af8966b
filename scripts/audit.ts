import { join } from "node:path";
import { type Advisory, describeAdvisory, parseAdvisories } from "./audit/advisories.ts";

/**
 * `bun run audit`: what is known of weaknesses of the packages in bun.lock. Fails on one that is in the
 * binary, and says of the others that they are there; where no registry answers it says so, and fails with
 * `--require` only.
 */
const ROOT = join(import.meta.dir, "..");
const WITHIN_MS = 60_000;

/** What the audit tells, null where no registry answers. */
async function audit(...only: readonly string[]): Promise<readonly Advisory[] | null> {
  const child = Bun.spawn([process.execPath, "audit", "--json", ...only], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: WITHIN_MS,
  });
  const output = await new Response(child.stdout).text();
  await child.exited;
  return parseAdvisories(output);
}

const [all, included] = [await audit(), await audit("--prod")];
if (all === null || included === null) {
  console.warn("No registry answers: what is known of weaknesses could not be asked");
  process.exitCode = process.argv.includes("--require") ? 1 : 0;
} else {
  for (const one of included) console.error(`In the binary: ${describeAdvisory(one)}`);
  const ids = new Set(included.map(({ id }) => id));
  for (const one of all) if (!ids.has(one.id)) console.warn(`To build and test with: ${describeAdvisory(one)}`);
  console.log(`${all.length} advisories, ${included.length} of them for what is in the binary`);
  process.exitCode = included.length === 0 ? 0 : 1;
}
