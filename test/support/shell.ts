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
  const shell = Bun.spawn(["sh", "-c", command], {
    env: { PATH: process.env.PATH ?? "", CURL_HOME: home.path, HOME: home.path, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([new Response(shell.stdout).text(), new Response(shell.stderr).text()]);
  if ((await shell.exited) !== 0) throw new Error(`The command failed: ${errors}\n${command}`);
  const end = output.lastIndexOf("\n");
  return { status: Number(output.slice(end + 1)), body: output.slice(0, end) };
}
