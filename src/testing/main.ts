import { runTestServer } from "./test-server.ts";

/*
 * The same server as that of `footfall test-server`, without the command line: that would take an
 * eighth of the time in which tests want to begin. The one argument holds its settings, as JSON.
 */
try {
  process.exitCode = await runTestServer({
    said: JSON.parse(process.argv[2] ?? "{}"),
    print: (line) => void process.stdout.write(`${line}\n`),
    exitNow: (code) => process.exit(code),
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
