import { expect } from "bun:test";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPlace, type Place } from "../cli/footfall.ts";
import { expectLike, GUIDE_HOST } from "./guide.ts";
import { type Block, readBlocks } from "./guide-blocks.ts";
import { runToEnd } from "./run-to-end.ts";
import { ADMIN_KEY, type ServerProcess, spawnServer } from "./server.ts";

/**
 * Somebody who reads a guide beside a server of their own, and pastes what they read into one shell: variables that a
 * block exports are there in the next, `footfall` is a command, `FOOTFALL_KEY` the admin key.
 */
export interface GuideSession extends AsyncDisposable {
  readonly place: Place;
  readonly server: ServerProcess;
  /** What is exported by now. */
  readonly variables: Readonly<Record<string, string>>;
  /** Runs commands, and gives what they print. Throws where one fails, or leaves a variable empty. */
  paste(script: string): Promise<string>;
  /** Runs a program of the guide from a file of this name. Throws also where it says something on standard error. */
  run(command: readonly string[], file: string, code: string): Promise<string>;
}

export async function startGuideSession(env: Record<string, string> = {}): Promise<GuideSession> {
  const place = createPlace();
  const shim = join(place.path, "bin", "footfall");
  await mkdir(join(place.path, "bin"));
  await writeFile(shim, `#!/bin/sh\nexec ${place.command([]).join(" ")} "$@"\n`);
  await chmod(shim, 0o755);
  const server = await spawnServer({
    command: place.command(["serve"]),
    database: join(place.path, "data", "footfall.db"),
    cwd: place.path,
    env,
  });
  let variables: Record<string, string> = {
    ...place.environment({ FOOTFALL_KEY: ADMIN_KEY }),
    PATH: `${join(place.path, "bin")}:${process.env.PATH ?? ""}`,
  };

  /** Standard output and standard error. */
  async function end(command: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const { exitCode, stdout, stderr } = await runToEnd(command, { cwd: place.path, env: variables });
    if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr}`);
    return { stdout, stderr };
  }

  return {
    place,
    server,
    get variables() {
      return variables;
    },
    async paste(script) {
      const exported = join(place.path, "exported");
      // `curl` shows a bar on standard error where it is no terminal; readers see the answer.
      const shell = `curl() { command curl -sS "$@"; }\n${script.replaceAll(GUIDE_HOST, server.url)}\nenv -0 > ${exported}`;
      const { stdout, stderr } = await end(["sh", "-eu", "-c", shell]);
      const lines = (await readFile(exported, "utf8")).split("\0").filter((line) => line !== "");
      await rm(exported);
      const pairs = lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
      // `export A=$(false)` is no failure to the shell.
      const empty = pairs.find(([, value]) => value === "");
      if (empty) throw new Error(`${script}leaves ${empty[0]} empty: ${stderr}`);
      variables = Object.fromEntries(pairs);
      return stdout;
    },
    async run(command, file, code) {
      await writeFile(join(place.path, file), code.replaceAll(GUIDE_HOST, server.url));
      const { stdout, stderr } = await end([...command, file]);
      if (stderr !== "") throw new Error(`${file} says: ${stderr}`);
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** What is done with a block of some language; gives what it prints. */
export type FollowBlock = (block: Block, session: GuideSession) => Promise<string>;

/** Commands are pasted, programs run. */
const FOLLOW: Readonly<Record<string, FollowBlock>> = {
  sh: ({ code }, session) => session.paste(code),
  js: ({ code, file }, session) => session.run([process.execPath], file ?? "snippet.mjs", code),
  py: ({ code, file }, session) => session.run(["python3"], file ?? "snippet.py", code),
};

/** How long something took, and how fast it was, differ from run to run. */
const withoutRates = (text: string): string => text.trim().replaceAll(/\d[\d.,]*(?= (?:s|lines\/s)\b)/g, "N");

/** A block, and what it printed. */
export interface Followed {
  readonly block: Block;
  readonly output: string;
}

/**
 * Does what a guide says, block by block. A block of JSON or text below another is what that one prints; `console` shows a
 * terminal, for reading only. A language that nobody knows how to follow is an error: no block is left out.
 */
export async function followGuide(
  name: string,
  session: GuideSession,
  options: { more?: Readonly<Record<string, FollowBlock>>; fixed?: readonly string[] } = {},
): Promise<readonly Followed[]> {
  const followers = { ...FOLLOW, ...options.more };
  const followed: Followed[] = [];
  for (const block of await readBlocks(name)) {
    const output = followed.at(-1)?.output ?? "";
    const follow = followers[block.language];
    if (follow) followed.push({ block, output: await follow(block, session) });
    else if (block.language === "json") expectLike(JSON.parse(output), JSON.parse(block.code), options.fixed);
    else if (block.language === "text") expect(withoutRates(output)).toBe(withoutRates(block.code));
    else if (block.language !== "console") throw new Error(`${name}: nobody follows a block of ${block.language}`);
  }
  return followed;
}
