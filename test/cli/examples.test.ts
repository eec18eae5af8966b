import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { createPlace, type Place, SLOW_MS } from "./footfall.ts";

let place: Place;
beforeAll(() => {
  place = createPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

const helpOf = async (path: readonly string[]): Promise<string> => (await place.run([...path, "--help"])).stdout;

/** The names below a command, as its help lists them. */
function commandsIn(help: string): readonly string[] {
  const [, list = ""] = /^Commands:\n((?: {2}.*\n?)+)/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
}

async function allCommands(): Promise<readonly (readonly string[])[]> {
  const paths: string[][] = [];
  for (const name of commandsIn(await helpOf([]))) {
    const below = commandsIn(await helpOf([name]));
    if (below.length === 0) paths.push([name]);
    else paths.push(...below.map((child) => [name, child]));
  }
  expect(paths.length).toBeGreaterThan(14);
  return paths;
}

test(
  "every command stands in the guide",
  async () => {
    const guide = await Bun.file(join(import.meta.dir, "../../docs/cli.md")).text();
    const told = [...guide.matchAll(/^\| `([a-z-]+(?: [a-z]+)?)/gm)].map(([, name = ""]) => name);
    for (const path of await allCommands()) expect(told).toContain(path.join(" "));
  },
  SLOW_MS,
);

test(
  "every command's help ends with examples, whose flags it has",
  async () => {
    for (const path of await allCommands()) {
      const [flags = "", examples = ""] = (await helpOf(path)).split("\nExamples:\n");
      expect(examples, path.join(" ")).toMatch(new RegExp(`\\bfootfall ${path.join(" ")}\\b`));
      for (const [, said = ""] of examples.matchAll(/footfall ([^|)&]*)/g)) {
        for (const [flag] of said.matchAll(/--[a-z-]+/g)) expect(flags, `${path.join(" ")} ${flag}`).toContain(flag);
      }
    }
  },
  SLOW_MS,
);
