import { expect, test } from "bun:test";
import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { isCurrent, readStamp, stampOf } from "../../scripts/binary/stamp.ts";
import { temporaryFolder } from "../house/repository.ts";

const AFTER = Date.UTC(2026, 0, 2);
const BEFORE = new Date(Date.UTC(2026, 0, 1));

/** A folder with one input that was last changed before the build. */
async function input() {
  const folder = await temporaryFolder();
  const path = join(folder.path, "input.ts");
  await Bun.write(path, "old");
  await utimes(path, BEFORE, BEFORE);
  return { path, folder: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test("a stamp is current while its inputs are what they were, and is read back from its file", async () => {
  await using file = await input();
  const stamp = await stampOf("settings", [file.path], AFTER);
  expect(await isCurrent(stamp, "settings")).toBeTrue();
  await Bun.write(join(file.folder, "stamp.json"), JSON.stringify(stamp));
  expect(await readStamp(join(file.folder, "stamp.json"))).toEqual(stamp);
});

test("a stamp is out of date when an input has changed", async () => {
  await using file = await input();
  const stamp = await stampOf("settings", [file.path], AFTER);
  await Bun.write(file.path, "new");
  expect(await isCurrent(stamp, "settings")).toBeFalse();
});

test("a stamp is out of date when an input is gone", async () => {
  await using file = await input();
  const stamp = await stampOf("settings", [file.path], AFTER);
  await rm(file.path);
  expect(await isCurrent(stamp, "settings")).toBeFalse();
});

test("a stamp is out of date under other settings, and a missing one always", async () => {
  await using file = await input();
  const stamp = await stampOf("settings", [file.path], AFTER);
  expect(await isCurrent(stamp, "others")).toBeFalse();
  expect(await isCurrent(await readStamp(join(file.folder, "none.json")), "settings")).toBeFalse();
});

test("no stamp is made when an input has changed since the build began", async () => {
  await using file = await input();
  expect(await stampOf("settings", [file.path], BEFORE.getTime())).toBeNull();
});
