import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { maskSecrets } from "../../src/lib/log.ts";

const SECRET = "ff_abcd1234_0123456789abcdefghijklmnopqrstuv";

describe("a log line", () => {
  test("loses the secret half of every API key, and keeps the id", () => {
    expect(maskSecrets(`{"a":"${SECRET}","b":"Bearer ${SECRET}x"}`)).toBe(
      '{"a":"ff_abcd1234_***","b":"Bearer ff_abcd1234_***"}',
    );
  });

  test("keeps what only looks a little like a key", () => {
    const text = "ff_abcd1234_short off_abcd1234_0123456789abcdefgh ff_abc_0123456789abcdefgh";
    expect(maskSecrets(text)).toBe(text);
  });

  test("goes to standard error, masked, before the process dies", async () => {
    const script = `
      const { createLogger } = await import(${JSON.stringify(resolve(import.meta.dir, "../../src/lib/log.ts"))});
      const log = createLogger("info");
      log.debug("not this");
      log.error({ err: new Error("key ${SECRET}") }, "refused ${SECRET}");
      process.kill(process.pid, "SIGKILL");`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
    const [out, err] = await Promise.all([child.stdout, child.stderr].map((stream) => new Response(stream).text()));
    expect(out).toBe("");
    const line = JSON.parse(err?.trim() ?? "");
    expect(line).toMatchObject({ level: "error", msg: "refused ff_abcd1234_***", pid: expect.any(Number) });
    expect(err).not.toContain(SECRET);
    expect(Date.parse(line.time)).toBeGreaterThan(0);
  });
});
