#!/usr/bin/env bun
import { runCli } from "./cli/program.ts";

// The reader of a pipe may leave before everything is written (`| head`): that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

// What it writes is full of visitors: databases, their copies and rejected lines are for their owner alone.
process.umask(0o077);

process.exitCode = await runCli(process.argv.slice(2), (code) => process.exit(code));
