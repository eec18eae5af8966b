/** Such a text, with its number, is in no file by chance. */
export const textOf = (n: number): string => `mark${String(n).padStart(6, "0")}x`;

/**
 * Which texts of {@link textOf} a database file and its log hold, whatever SQLite thinks of the place where they stand.
 *
 * Another program reads: a file that is open must not be opened and closed by this process, which would let go of
 * its locks.
 */
export async function textsIn(database: string): Promise<Set<string>> {
  const files = [database, `${database}-wal`, `${database}-shm`];
  const child = Bun.spawn(["grep", "-a", "-o", "-h", "mark[0-9]\\{6\\}x", ...files], {
    stdout: "pipe",
    // Without a log there is none to be read.
    stderr: "ignore",
  });
  return new Set((await new Response(child.stdout).text()).split("\n").filter((line) => line !== ""));
}
