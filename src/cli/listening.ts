import type { Config } from "../config/config.ts";
import { CommandError } from "./failure.ts";
import { explainRemote } from "./use-store.ts";

/** `0.0.0.0:3000`, and `[::]:3000`. */
export const addressOf = (host: string, port: number): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** The operating system's reasons against listening, by code. */
const LISTENING_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is taken by another program: stop it, or choose another port with FOOTFALL_PORT or --port",
  EACCES: "needs more rights than this user has: choose a port from 1024 on with FOOTFALL_PORT or --port",
  EADDRNOTAVAIL: "is not of this machine: choose another address with FOOTFALL_HOST or --host",
  EINVAL: "is no address of this machine: choose another one with FOOTFALL_HOST or --host",
};

/** Why a server could not start, as a person needs it. */
export function explainListening(config: Config, error: unknown): unknown {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  const reason = typeof code === "string" && syscall === "listen" ? LISTENING_ERRORS[code] : undefined;
  if (reason === undefined) return explainRemote(config, error);
  return new CommandError(`the address ${addressOf(config.host, config.port)} ${reason}`, error);
}
