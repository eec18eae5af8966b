import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Why no unclean text may ever pass the gate. Should a release of libSQL behave better, these tests say so. */
describe("control: past the gate,", () => {
  test.each([String.raw`"a\ud800b"`, String.raw`"\udc00"`])(
    "%s is stored, and kills the process that reads it",
    async (json) => {
      const { output, signal } = await storeAndRead(json);
      expect(output).toBe("stored\n");
      expect(signal).toBe("SIGABRT");
    },
    20_000,
  );

  test("a NUL cuts its text at reading", async () => {
    const { output, signal } = await storeAndRead(String.raw`"a\u0000b"`);
    expect(output).toBe('stored\nread "a"\n');
    expect(signal).toBeNull();
  }, 20_000);

  test("other text comes back as it was stored", async () => {
    const { output, signal } = await storeAndRead(String.raw`"a\ud83d\ude00b"`);
    expect(output).toBe('stored\nread "a😀b"\n');
    expect(signal).toBeNull();
  }, 20_000);
});

let count = 0;

async function storeAndRead(json: string): Promise<{ output: string; signal: Bun.Subprocess["signalCode"] }> {
  count += 1;
  const script = join(import.meta.dir, "support", "unclean-text.ts");
  const child = Bun.spawn([process.execPath, script, join(folder, `${count}.db`), json], {
    // A crash that is meant to happen is nothing to report to anybody.
    env: { PATH: process.env.PATH ?? "", BUN_ENABLE_CRASH_REPORTING: "0", DO_NOT_TRACK: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const output = await new Response(child.stdout).text();
  await child.exited;
  return { output, signal: child.signalCode };
}
