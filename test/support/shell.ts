import { runToEnd } from "./run-to-end.ts";
import { createFolder } from "./store.ts";

export interface CurlAnswer {
  /** 0 where curl got none. */
  readonly status: number;
  readonly body: string;
}

export interface ShellOptions {
  /** Variables that the command reads. */
  readonly env?: Readonly<Record<string, string>>;
  /** Headers that curl adds to what the command says. */
  readonly headers?: readonly string[];
}

/** Runs a command with `sh`, as someone would who pastes it; what curl should be quiet about stands in its settings. */
export async function runCurl(command: string, { env = {}, headers = [] }: ShellOptions = {}): Promise<CurlAnswer> {
  await using home = await createFolder();
  const settings = [
    "silent",
    "show-error",
    'write-out = "\\n%{http_code}"',
    ...headers.map((text) => `header = "${text}"`),
  ];
  await Bun.write(`${home.path}/.curlrc`, settings.join("\n"));
  const { exitCode, stdout, stderr } = await runToEnd(["sh", "-c", command], {
    env: { PATH: process.env.PATH ?? "", CURL_HOME: home.path, HOME: home.path, ...env },
  });
  if (exitCode !== 0) throw new Error(`The command failed: ${stderr}\n${command}`);
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}
