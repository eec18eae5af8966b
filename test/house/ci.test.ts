import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import manifest from "../../package.json";

const GATE = await Bun.file(join(import.meta.dir, "..", "..", ".ci", "run")).text();
const scripts: Readonly<Record<string, string>> = manifest.scripts;

describe("the gate", () => {
  test("installs what the lockfile says, and nothing else", () => {
    expect(GATE).toMatch(/^bun install --frozen-lockfile$/m);
    for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version).toMatch(/^(?:npm:[\w./@-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/);
    }
  });

  test("asks for licences and advisories by the scripts that people run", () => {
    for (const name of ["licences", "audit", "test"]) {
      expect(scripts[name]).toBeDefined();
      expect(GATE).toContain(`bun run ${name}`);
    }
  });
});
