import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { encodeGeoDatabase, LONDON } from "../support/geo-database.ts";
import { createPlace, SLOW_MS } from "./footfall.ts";

const LINE =
  '81.2.69.160 - - [17/May/2026:10:05:03 +0000] "GET /a HTTP/1.1" 200 512 "https://chatgpt.com/" "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"\n';

test(
  "an import knows countries by itself, and cities with a database of them; no address is stored",
  async () => {
    await using place = createPlace();
    await Bun.write(join(place.path, "city.mmdb"), encodeGeoDatabase({ "81.2.69.160": LONDON }));
    for (const [name, flags] of [
      ["one", []],
      ["two", ["--geo-db", "city.mmdb"]],
    ] as const) {
      await place.json(["site", "add", "--name", name, "--scope", name]);
      const args = ["import", "-", "--site", name, "--format", "combined", ...flags];
      expect(await place.json(args, { stdin: LINE })).toMatchObject({ stored: 1 });
    }
    const path = join(place.path, "data/footfall.db");
    using db = new Database(path);
    const rows = db
      .query("SELECT country, region, city, ai_source, length(visitor_id) FROM events ORDER BY id")
      .values();
    expect(rows).toEqual([
      ["GB", null, null, "chatgpt", 22],
      ["GB", "England", "London", "chatgpt", 22],
    ]);
    expect(await Bun.file(path).text()).not.toContain("81.2.69.160");
  },
  SLOW_MS,
);

test(
  "a database that is none stops the start, with what is wrong and what to do; nothing is made",
  async () => {
    await using place = createPlace();
    await Bun.write(join(place.path, "city.mmdb"), "no database");
    for (const [file, reason] of [
      ["city.mmdb", "it is no MaxMind database (.mmdb), or damaged"],
      ["missing.mmdb", "there is no such file"],
    ] as const) {
      expect(await place.run(["serve", "--port", "0"], { env: { FOOTFALL_GEO_DB: file } })).toEqual({
        exitCode: 2,
        stdout: "",
        stderr: `footfall: The geo database "${file}" cannot be used: ${reason}. FOOTFALL_GEO_DB must name a database in MaxMind's format (.mmdb), or nothing\n`,
      });
    }
    expect(await Bun.file(join(place.path, "data/footfall.db")).exists()).toBeFalse();
  },
  SLOW_MS,
);
