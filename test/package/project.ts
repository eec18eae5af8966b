import { mkdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { copyFiles, listFiles, ROOT, run, temporaryFolder } from "../house/repository.ts";

/** A project of somebody else's that has the package, and nothing of this repository. */
export interface Project extends AsyncDisposable {
  readonly path: string;
  /** What is in the package, below its root. */
  readonly packed: readonly string[];
  write(name: string, text: string): Promise<void>;
  run(command: readonly string[], env?: Record<string, string>): ReturnType<typeof run>;
}

/** Packages of the repository's own development that such a project would install for itself. */
const OWN = ["@elysiajs/eden", "openapi-fetch", "openapi-typescript-helpers"];

async function succeed(command: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command, { cwd });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stdout}${stderr}`);
  return stdout;
}

/**
 * Packs the package, and installs it with its dependencies, from the lock file: a test should not
 * need a network.
 */
export async function createProject(): Promise<Project> {
  const folder = await temporaryFolder();
  const [checkout, path] = [join(folder.path, "checkout"), join(folder.path, "project")];
  await copyFiles(listFiles(), checkout);
  await succeed(["bun", "install", "--frozen-lockfile", "--production"], checkout);
  await mkdir(path);
  await rename(join(checkout, "node_modules"), join(path, "node_modules"));

  // What packing needs is more than what the package does.
  await symlink(join(ROOT, "node_modules"), join(checkout, "node_modules"));
  await succeed(["bun", "pm", "pack", "--filename", join(folder.path, "footfall.tgz")], checkout);
  const installed = join(path, "node_modules", "footfall");
  await mkdir(installed);
  await succeed(["tar", "-xzf", join(folder.path, "footfall.tgz"), "--strip-components=1"], installed);
  for (const name of OWN) {
    await mkdir(join(path, "node_modules", name, ".."), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), join(path, "node_modules", name));
  }
  const write = async (name: string, text: string) => void (await Bun.write(join(path, name), text));
  await write("package.json", '{ "type": "module" }');
  return {
    path,
    packed: [...new Bun.Glob("**/*").scanSync({ cwd: installed, dot: true })].sort(),
    write,
    run: (command, env = {}) => run(command, { cwd: path, env }),
    [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
  };
}

/** Compiles files of the project as a strict project would. */
export async function compile(project: Project, files: readonly string[], options: object = {}): Promise<string> {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "ESNext",
    lib: ["ESNext", "DOM"],
    module: "Preserve",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    types: [],
    ...options,
  };
  await project.write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
  const { stdout, stderr } = await project.run([join(ROOT, "node_modules/.bin/tsc"), "--project", "tsconfig.json"]);
  return stdout + stderr;
}
