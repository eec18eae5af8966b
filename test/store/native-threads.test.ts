import { expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createFileDatabase } from "../support/store.ts";

test("threads of long reads and queries are enough for both pools, and stand back behind all others", async () => {
  await using database = await createFileDatabase();
  // In a process of its own: threads are started once.
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "list-threads.ts"), database.path], {
    timeout: 20_000,
  });
  const threads = JSON.parse(await new Response(child.stdout).text()) as { name: string; niceness: number }[];
  expect(await child.exited).toBe(0);
  const pooled = threads.filter(({ name }) => name.startsWith("tokio"));
  // Only Linux shows them.
  expect(pooled).toHaveLength(process.platform === "linux" ? 2 * availableParallelism() + 1 : 0);
  expect(new Set(pooled.map(({ niceness }) => niceness))).toEqual(new Set(pooled.map(() => 5)));
  const others = threads.filter((thread) => !pooled.includes(thread));
  expect(new Set(others.map(({ niceness }) => niceness))).toEqual(new Set(others.map(() => 0)));
});
