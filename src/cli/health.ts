import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { parseAddress } from "../config/config.ts";
import type { Environment } from "../config/settings.ts";
import { CommandError, UsageError } from "./failure.ts";
import { reachableUrl } from "./loopback.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, type Flags, withFlags } from "./setting-flags.ts";

interface HealthFlags extends Flags {
  readonly json?: boolean;
}

const TIMEOUT_MS = 5_000;

/** How many characters of an answer are shown that says why the server is not ready. */
const MAX_SHOWN = 200;

export function createHealthCommand(deps: { environment: Environment; output: Output }): Command {
  const { environment, output } = deps;

  async function run(flags: HealthFlags): Promise<void> {
    const { host, port } = parseAddress(withFlags(environment, flags));
    if (port === 0) throw new UsageError("the port is 0, any free one: say with --port which one the server has got");
    const url = new URL("/ready", reachableUrl(host, port));
    const { status, problem } = await ask(url);
    if (flags.json) output.printJson({ ready: status === 200, url: url.href, status });
    if (status !== 200) throw new CommandError(problem);
    if (!flags.json) output.print(`ready: ${url.origin}`);
  }

  const command = new Command("health")
    .description("tell whether the server at the configured address is ready (exit code 0)")
    .option("--json", "print JSON");
  return addSettingFlags(command, ["HOST", "PORT"]).action(run);
}

interface Answer {
  /** Null where none came. */
  readonly status: number | null;
  /** What is wrong where the status is not 200. */
  readonly problem: string;
}

/** Not by `fetch`, which would ask the proxy of the environment for a server of this machine. */
async function ask(url: URL): Promise<Answer> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { signal }, resolve).on("error", reject);
  try {
    const response = await promise;
    const said = await text(response);
    const status = response.statusCode ?? null;
    return { status, problem: `the server at ${url.origin} is not ready (${status}): ${said.slice(0, MAX_SHOWN)}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const why = signal.aborted ? `nothing came within ${TIMEOUT_MS / 1_000} s` : reason;
    return { status: null, problem: `no server answers at ${url.origin}: ${why}` };
  }
}
