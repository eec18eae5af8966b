import { describe, expect, test } from "bun:test";
import { mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { examplesOf, readGuide } from "../support/guide.ts";
import { BINARY, temporaryFolder } from "../support/server.ts";
import { freeAddresses, SQLD } from "../support/sqld.ts";
import { appendAll, newEvent, openTestStore } from "../support/store.ts";

/** What the guide's servers listen on. */
const PORTS = [8080, 5001, 9090, 8081, 3001, 3002, 3003];

const TIMEOUT_MS = 60_000;

/** A database file with two events, as a server leaves it behind. */
async function makeDatabase(path: string): Promise<void> {
  await using store = await openTestStore({ kind: "file", path });
  await appendAll(store, [newEvent(), newEvent()]);
}

describe("docs/scale-out.md", () => {
  test(
    "its commands work one after the other: a file moves to a server, and three instances share it",
    async () => {
      const folder = await temporaryFolder();
      await using stack = new AsyncDisposableStack();
      stack.defer(() => rm(folder, { recursive: true, force: true }));
      const bin = join(folder, "bin");
      await mkdir(bin);
      await symlink(BINARY, join(bin, "footfall"));
      await makeDatabase(join(folder, "data", "footfall.db"));

      let commands = examplesOf(await readGuide("scale-out.md"))
        .map(({ command }) => command)
        .join("\n");
      const free = freeAddresses(PORTS.length).map((address) => address.split(":")[1] ?? "");
      for (const [position, port] of PORTS.entries())
        commands = commands.replaceAll(String(port), free[position] ?? "");
      const script = `trap 'kill -9 $(jobs -p)' EXIT\n${commands}`;
      const child = Bun.spawn(["bash", "-euo", "pipefail", "-c", script], {
        cwd: folder,
        env: { PATH: `${bin}:${dirname(SQLD)}:${process.env.PATH}`, HOME: folder },
        stdout: "pipe",
        stderr: Bun.file(join(folder, "errors")),
      });
      stack.defer(async () => {
        child.kill();
        await child.exited;
      });
      const output = await new Response(child.stdout).text();
      const errors = await Bun.file(join(folder, "errors")).text();
      expect({ exitCode: await child.exited, errors }).toMatchObject({ exitCode: 0 });
      expect(output.match(/\{"status":"ready"\}/g)).toHaveLength(3);
      expect(errors.match(/"durability":"strong"/g)).toHaveLength(3);
      // The two events that moved, and the one that the guide posts at another instance.
      expect(output).toContain('"pagination":{"total":3,');
    },
    TIMEOUT_MS,
  );
});
