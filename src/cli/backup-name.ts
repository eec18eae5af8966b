import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { isoTime } from "../lib/iso-time.ts";

/** Where a backup goes, and how to tell those that belong together. */
export interface BackupName {
  readonly path: string;
  /** The beginning of all their names; null for a single one. */
  readonly family: string | null;
}

/** `2026-06-07T14:22:10.123Z` → `20260607T142210123Z`: sorts by time, and fits in a file name. */
export const stampOf = (nowMs: number): string => isoTime(nowMs).replace(/[-:.]/g, "");
const STAMP = /^\d{8}T\d{9}Z$/;

/**
 * `backup.db` alone, or `backup-<time>.db` as one of several; in a folder, `<database>-<time>.db`.
 *
 * @param isOneOfMany whether older ones are kept beside it.
 */
export function nameBackup(options: {
  file: string;
  database: string;
  isOneOfMany: boolean;
  nowMs: number;
}): BackupName {
  const { file, database, isOneOfMany, nowMs } = options;
  const isFolder = file.endsWith("/") || (existsSync(file) && statSync(file).isDirectory());
  if (!isFolder && !isOneOfMany) return { path: file, family: null };
  const name = isFolder ? basename(database) : basename(file);
  const extension = extname(name);
  const family = `${basename(name, extension)}-`;
  return { path: join(isFolder ? file : dirname(file), `${family}${stampOf(nowMs)}${extension}`), family };
}

/**
 * Removes all but the newest backups of a family.
 *
 * @returns their paths.
 */
export function removeOldBackups(backup: BackupName, keep: number): readonly string[] {
  const { path, family } = backup;
  if (family === null) return [];
  const extension = extname(path);
  const isOne = (name: string) =>
    name.startsWith(family) &&
    name.endsWith(extension) &&
    STAMP.test(name.slice(family.length, -extension.length || undefined));
  const old = readdirSync(dirname(path)).filter(isOne).sort().reverse().slice(keep);
  return old.map((name) => {
    const removed = join(dirname(path), name);
    rmSync(removed);
    return removed;
  });
}
