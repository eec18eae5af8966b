import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { version } from "../../package.json" with { type: "json" };
import { copyFiles, listFiles, ROOT, run, temporaryFolder } from "../house/repository.ts";
import { allowedPaths, type Copy, type Instruction, parseCopy, parseDockerfile, type Stage } from "./dockerfile.ts";

const [buildStage, lastStage] = parseDockerfile(await Bun.file(join(ROOT, "Dockerfile")).text()) as [Stage, Stage];
const allowed = allowedPaths(await Bun.file(join(ROOT, ".dockerignore")).text());

/** The repository's files that a COPY of `source` takes along. */
const filesOf = (source: string): readonly string[] =>
  listFiles().filter((path) => path === source || path.startsWith(`${source}/`));

const isAllowed = (path: string): boolean => allowed.some((entry) => path === entry || path.startsWith(`${entry}/`));

const copiesOf = (stage: Stage): readonly Copy[] =>
  stage.instructions.filter(({ name }) => name === "COPY").map(({ text }) => parseCopy(text));

function textsOf(stage: Stage, name: string): readonly string[] {
  return stage.instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** Does in `folder` what the build stage does in its image, with these build arguments. */
async function follow(stage: Stage, folder: string, args: Readonly<Record<string, string>>): Promise<void> {
  const env: Record<string, string> = {};
  let workdir = folder;
  for (const { name, text } of stage.instructions satisfies readonly Instruction[]) {
    if (name === "WORKDIR") {
      workdir = join(folder, text);
      await mkdir(workdir, { recursive: true });
    } else if (name === "COPY") {
      const { sources, destination } = parseCopy(text);
      for (const source of sources) {
        // A file goes into a folder, a folder's content becomes the destination's.
        const target = destination.endsWith("/")
          ? join(workdir, destination, basename(source))
          : join(workdir, destination);
        await using aside = await temporaryFolder();
        await copyFiles(filesOf(source).filter(isAllowed), aside.path);
        await cp(join(aside.path, source), target, { recursive: true });
      }
    } else if (name === "ARG") {
      const [, argument = "", value = ""] = /^(\w+)="?([^"]*)"?$/.exec(text) ?? [];
      env[argument] = args[argument] ?? value;
    } else if (name === "RUN") {
      const { exitCode, stdout, stderr } = await run(["sh", "-c", text], { cwd: workdir, env });
      expect(exitCode, `RUN ${text}\n${stdout}${stderr}`).toBe(0);
    } else {
      throw new Error(`This test does not know how to follow ${name}`);
    }
  }
}

test("a Dockerfile is read stage by stage, with its continued lines joined and its comments left out", () => {
  expect(parseDockerfile("FROM a:1 AS build\nRUN x \\\n  y\n# z\nFROM b")).toEqual([
    { name: "build", base: "a:1", instructions: [{ name: "RUN", text: "x    y" }] },
    { name: null, base: "b", instructions: [] },
  ]);
});

test("the build stage has the Bun that the lock file and the types are for", async () => {
  const { devDependencies } = await Bun.file(join(ROOT, "package.json")).json();
  expect(buildStage.base).toBe(`oven/bun:${devDependencies["bun-types"]}-debian`);
});

test("everything that is copied from the repository is there, and is not ignored", () => {
  const copies = [...copiesOf(buildStage), ...copiesOf(lastStage)].filter(({ from }) => from === null);
  const sources = copies.flatMap((copy) => copy.sources);
  expect(sources.length).toBeGreaterThan(0);
  for (const source of sources) {
    const files = filesOf(source);
    expect(files, source).not.toBeEmpty();
    expect(files.filter((path) => !isAllowed(path))).toEqual([]);
  }
});

test("its build steps make all that the last stage takes, and a binary that answers `version`", async () => {
  await using image = await temporaryFolder();
  await follow(buildStage, image.path, { COMMIT: "1a2b3c4", DATE: "2026-01-31" });
  for (const { from, sources } of copiesOf(lastStage)) {
    if (from === null) continue;
    expect(from).toBe(buildStage.name ?? "");
    for (const source of sources) expect(existsSync(join(image.path, source)), source).toBeTrue();
  }
  await using elsewhere = await temporaryFolder();
  await cp(join(image.path, "build/dist/footfall"), join(elsewhere.path, "footfall"));
  const answer = await run(["./footfall", "version"], { cwd: elsewhere.path });
  expect(answer).toMatchObject({ exitCode: 0, stderr: "" });
  expect(answer.stdout).toContain(version);
  expect(answer.stdout).toContain("(1a2b3c4, 2026-01-31)");
}, 120_000);

test("the last stage runs the binary, not as root, with its data in a volume and a health check without a shell", () => {
  expect(textsOf(lastStage, "ENTRYPOINT")).toEqual(['["footfall"]']);
  expect(Number(textsOf(lastStage, "USER")[0])).toBeGreaterThan(0);
  expect(textsOf(lastStage, "VOLUME")).toEqual(["/data"]);
  expect(textsOf(lastStage, "ENV")).toEqual(["FOOTFALL_HOST=0.0.0.0 FOOTFALL_DATABASE_URL=file:/data/footfall.db"]);
  expect(textsOf(lastStage, "EXPOSE")).toEqual(["3000"]);
  expect(textsOf(lastStage, "HEALTHCHECK")[0]).toEndWith('CMD ["footfall", "health"]');
  expect(textsOf(lastStage, "RUN")).toEqual([]);
  expect(copiesOf(lastStage).find(({ destination }) => destination === "/usr/local/bin/footfall")).toBeDefined();
});
