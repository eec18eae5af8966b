import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk that a test can fill without harm to anything else. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** Takes all space that is left. */
  fill(): void;
  /** Gives the space back. */
  free(): void;
}

const CHUNK = Buffer.alloc(64 * 1024);

/** Who may mount differs: root may, and so may a user whose `sudo` asks for nothing. */
const PREFIXES = [[], ["sudo", "-n"]] as const;

const mountCommand = (folder: string, megabytes: number): string[] => [
  "mount",
  "-t",
  "tmpfs",
  "-o",
  `size=${megabytes}m,mode=0777`,
  "footfall-test",
  folder,
];

/** Whether this user may mount a disk: in most containers, and on most people's own machines, not. */
export function canMountSmallDisk(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "footfall-mount-"));
  const prefix = PREFIXES.find((words) => run([...words, ...mountCommand(folder, 1)]));
  if (prefix) run([...prefix, "umount", folder]);
  rmSync(folder, { recursive: true, force: true });
  return prefix !== undefined;
}

/** Mounts a disk in memory. Ask {@link canMountSmallDisk} first. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  const prefix = PREFIXES.find((words) => run([...words, ...mountCommand(folder, megabytes)]));
  if (!prefix) throw new Error(`No disk can be mounted at ${folder}`);
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const descriptor = openSync(ballast, "a");
      try {
        // Ever smaller pieces, until not one byte more fits.
        for (let size = CHUNK.length; size >= 1; size = size >> 1) while (appends(descriptor, size));
      } finally {
        closeSync(descriptor);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    async [Symbol.asyncDispose]() {
      if (!run([...prefix, "umount", folder])) run([...prefix, "umount", "--lazy", folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function run(command: readonly string[]): boolean {
  try {
    return Bun.spawnSync([...command], { stdio: ["ignore", "ignore", "ignore"] }).success;
  } catch {
    // There is no such program here.
    return false;
  }
}

function appends(descriptor: number, size: number): boolean {
  try {
    return writeSync(descriptor, CHUNK, 0, size) === size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
