import { expect, test } from "bun:test";
import { join } from "node:path";
import { copyFiles, listFiles, ROOT, run, temporaryFolder } from "./repository.ts";

/** A folder beside the repository, and the folders of one particular machine. */
const OUTSIDE = new RegExp(`${["\\.\\.", "shared"].join("/")}|(?<![\\w.$*~-])/(?:work|root)(?:/|\\b)`);

/** The gate alone may look for data beside the checkout, and does without it. */
const EXEMPT = ".ci/run";

const isText = (content: string): boolean => !content.includes("\0");

interface Package {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}
const manifest = (await Bun.file(join(ROOT, "package.json")).json()) as Package;

test("the repository names no folder outside of itself", async () => {
  const found: string[] = [];
  for (const path of listFiles()) {
    const content = await Bun.file(join(ROOT, path)).text();
    if (path === EXEMPT || !isText(content)) continue;
    for (const [index, line] of content.split("\n").entries()) {
      if (OUTSIDE.test(line)) found.push(`${path}:${index + 1}: ${line.trim().slice(0, 120)}`);
    }
  }
  expect(found).toEqual([]);
});

test.each([
  `cat ${["..", "shared"].join("/")}/data`,
  `cd ${["", "work", "main"].join("/")}`,
  `"${["", "root"].join("/")}"`,
])("%s would be found", (line) => expect(OUTSIDE.test(line)).toBeTrue());

test("every dependency has one exact version", () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter(([, version]) => !/^(?:npm:\w+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
});

test("the type checker is the one that package.json names, although there is an older one beside it", async () => {
  const { stdout } = await run(["node_modules/.bin/tsc", "--version"], { cwd: ROOT });
  expect(stdout).toBe(`Version ${manifest.devDependencies.typescript}\n`);
});

test("the lock file is in step with package.json", async () => {
  await using folder = await temporaryFolder();
  await copyFiles(["package.json", "bun.lock"], folder.path);
  const install = () => run(["bun", "install", "--frozen-lockfile", "--dry-run"], { cwd: folder.path });
  expect(await install()).toMatchObject({ exitCode: 0 });
  const [, ...fewer] = Object.entries(manifest.dependencies);
  const behind = { ...manifest, dependencies: Object.fromEntries(fewer) };
  await Bun.write(join(folder.path, "package.json"), JSON.stringify(behind));
  expect((await install()).stderr).toContain("lockfile is frozen");
});

test("the gate installs the Bun that the types are for", async () => {
  const gate = await Bun.file(join(ROOT, EXEMPT)).text();
  expect(/^BUN_VERSION=(.*)$/m.exec(gate)?.[1]).toBe(manifest.devDependencies["bun-types"]);
});
