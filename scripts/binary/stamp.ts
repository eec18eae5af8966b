import { existsSync, statSync } from "node:fs";

/** What a binary was made from: as long as nothing of it changes, it need not be made again. */
export interface Stamp {
  /** Hash of everything that is no input of the bundle but decides what it looks like. */
  readonly settings: string;
  /** Path, relative to the working directory, to a hash of the file. */
  readonly inputs: Readonly<Record<string, string>>;
}

export async function hashFile(path: string): Promise<string> {
  return Bun.hash(await Bun.file(path).bytes()).toString(36);
}

export async function readStamp(path: string): Promise<Stamp | null> {
  return existsSync(path) ? ((await Bun.file(path).json()) as Stamp) : null;
}

/** Whether the inputs are still what they were. */
export async function isCurrent(stamp: Stamp | null, settings: string): Promise<boolean> {
  if (stamp?.settings !== settings) return false;
  const unchanged = await Promise.all(
    Object.entries(stamp.inputs).map(async ([path, hash]) => existsSync(path) && (await hashFile(path)) === hash),
  );
  return unchanged.every(Boolean);
}

/**
 * The stamp of a bundle, null when a file has changed since `startedAtMs`: it may be in the binary
 * with its old content, and must not be stamped with its new one.
 */
export async function stampOf(settings: string, paths: readonly string[], startedAtMs: number): Promise<Stamp | null> {
  if (paths.some((path) => statSync(path).mtimeMs >= startedAtMs)) return null;
  const hashes = await Promise.all(paths.map(async (path) => [path, await hashFile(path)] as const));
  return { settings, inputs: Object.fromEntries(hashes) };
}
