import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { type StartedServer, startServer } from "../crash/support/server.ts";
import { createFolder } from "../support/store.ts";

const VARIABLE = "BUN_JSC_forceRAMSize";

/** With more memory than this the program starts itself anew. */
const BELIEVED_BYTES = 2 * 1024 ** 3;

/** What the system knows of a process: its words, and its variables as they were at its start. */
function partsOf({ process }: StartedServer, file: "cmdline" | "environ"): string[] {
  return readFileSync(`/proc/${process.pid}/${file}`, "utf8").split("\0").slice(0, -1);
}

const settingOf = (server: StartedServer) =>
  partsOf(server, "environ")
    .find((variable) => variable.startsWith(`${VARIABLE}=`))
    ?.slice(VARIABLE.length + 1);

test("the server's heap does not grow with the memory of the machine; the process, its words and settings are the same", async () => {
  await using folder = await createFolder();
  const path = join(folder.path, "a folder, größer");
  await mkdir(path);
  const server = await startServer(join(path, "footfall.db"));
  try {
    const limit = Math.min(process.constrainedMemory() || BELIEVED_BYTES, BELIEVED_BYTES);
    const expected = totalmem() > BELIEVED_BYTES ? String(limit) : undefined;
    expect(settingOf(server)).toBe(expected as string);
    expect(partsOf(server, "cmdline").slice(1)).toEqual(["serve"]);
    expect(partsOf(server, "environ")).toContain(`FOOTFALL_DATABASE_URL=file:${server.database}`);
    const json = {
      trackingCode: server.trackingCode,
      eventType: "click",
      url: "https://example.com/",
      sessionId: "s",
      visitorId: "v",
    };
    expect((await server.request("/api/v1/events", { json })).status).toBe(201);
  } finally {
    await server.stop();
  }
  expect(server.process.exitCode).toBe(0);
});

test("who says himself how much memory the collector is to believe in is left alone", async () => {
  await using folder = await createFolder();
  const server = await startServer(join(folder.path, "footfall.db"), { env: { [VARIABLE]: "1000000000" } });
  try {
    expect(settingOf(server)).toBe("1000000000");
  } finally {
    await server.stop();
  }
});
