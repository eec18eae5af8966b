#!/usr/bin/env bun
import { runCli } from "./cli/program.ts";

// The reader of a pipe may leave before everything is written (`| head`): that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runCli(process.argv.slice(2), (code) => process.exit(code));
