import { expect, test } from "bun:test";
import { join } from "node:path";
import { blocksOf } from "../support/guide-blocks.ts";
import { listFiles, ROOT } from "./repository.ts";

/** Languages of blocks that a reader runs. */
const RUNNABLE = ["sh", "js", "ts", "py", "html", "yaml", "ini", "caddyfile", "nginx"];

/** Languages of blocks that a reader reads. */
const READABLE = ["json", "text", "console", "kql", "odata", ""];

/** Their commands are the crash tests, and the benchmark. */
const EXEMPT = ["docs/reliability.md", "docs/performance.md"];

const textOf = (path: string): Promise<string> => Bun.file(join(ROOT, path)).text();

test("every guide with something to run has a test that names it", async () => {
  const tests = listFiles().filter((path) => /^test\/.*\.ts$/.test(path));
  const sources = (await Promise.all(tests.map(textOf))).join("\n");
  const guides = listFiles().filter((path) => /^docs\/[^/]+\.md$/.test(path) && !EXEMPT.includes(path));
  const unnamed: string[] = [];
  for (const path of guides) {
    const languages = blocksOf(await textOf(path)).map(({ language }) => language);
    const isRun = sources.includes(`"${path.replace("docs/", "")}"`) || sources.includes(`"${path}"`);
    if (languages.some((language) => RUNNABLE.includes(language)) && !isRun) unnamed.push(path);
  }
  expect(unnamed).toEqual([]);
});

test("every block of a guide says what language it is in, of those that are known to be run or read", async () => {
  const known = [...RUNNABLE, ...READABLE];
  for (const path of listFiles().filter((file) => /^docs\/[^/]+\.md$/.test(file))) {
    const unknown = blocksOf(await textOf(path)).filter(({ language }) => !known.includes(language));
    expect(
      unknown.map(({ language }) => language),
      path,
    ).toEqual([]);
  }
});
