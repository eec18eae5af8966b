import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createLookUpAddress } from "../../src/enrich/geo.ts";
import { GeoDatabaseError, openGeoDatabase } from "../../src/enrich/geo-database.ts";
import { encodeGeoDatabase, LONDON } from "../support/geo-database.ts";
import { createFolder } from "../support/store.ts";

const countryOf = (address: string) => lookUp(address).country;
const lookUp = createLookUpAddress(openGeoDatabase(null));

describe("the countries that come with it", () => {
  test.each([
    ["8.8.8.8", "US"],
    ["81.2.69.160", "GB"],
    ["193.0.6.139", "NL"],
    ["2a00:1450:4001:80b::200e", "DE"],
  ])("say where %s is", (address, country) => {
    expect(countryOf(address)).toBe(country);
    // From memory.
    expect(countryOf(address)).toBe(country);
  });

  test.each([
    ["a private network", "192.168.1.7"],
    ["another one", "10.0.0.1"],
    ["this machine", "127.0.0.1"],
    ["this machine, IPv6", "::1"],
    ["documentation", "203.0.113.9"],
    ["documentation, IPv6", "2001:db8::1"],
    ["a link", "fe80::1"],
    ["no address at all", "unknown"],
    ["nothing", ""],
  ])("say nothing of %s", (_what, address) => {
    expect(lookUp(address)).toMatchObject({ country: null, region: null, city: null });
  });
});

test("the network of an IPv6 address is its first 64 bits", () => {
  expect(lookUp("2a00:1450:4001:80b:1:2:3:4").network).toBe(lookUp("2a00:1450:4001:80b::200e").network);
  expect(lookUp("8.8.8.8").network).toBe("8.8.8.8");
});

describe("a file", () => {
  async function openFile(content: string | Uint8Array) {
    await using folder = await createFolder();
    const path = join(folder.path, "geo.mmdb");
    await Bun.write(path, content);
    return createLookUpAddress(openGeoDatabase(path));
  }

  test("of cities, as MaxMind and DB-IP make them, tells region and city, too", async () => {
    const lookUpHere = await openFile(encodeGeoDatabase({ "81.2.69.160": LONDON }));
    expect(lookUpHere("81.2.69.160")).toMatchObject({ country: "GB", region: "England", city: "London" });
    expect(lookUpHere("81.2.69.161")).toMatchObject({ country: null, region: null, city: null });
  });

  test("of cities with flat records, too", async () => {
    const record = { country_code: "FR", state1: "Île-de-France", city: "Paris" };
    const lookUpHere = await openFile(encodeGeoDatabase({ "8.8.8.8": record }));
    expect(lookUpHere("8.8.8.8")).toMatchObject({ country: "FR", region: "Île-de-France", city: "Paris" });
  });

  test("with records of another shape tells nothing", async () => {
    const lookUpHere = await openFile(encodeGeoDatabase({ "8.8.8.8": { country: "France" }, "8.8.4.4": "DE" }));
    for (const address of ["8.8.8.8", "8.8.4.4"]) expect(lookUpHere(address)).toMatchObject({ country: null });
  });

  test.each([
    ["text", "no database"],
    ["nothing", ""],
    ["the first half of one", encodeGeoDatabase({ "8.8.8.8": LONDON }).subarray(0, 60)],
  ])("that holds %s is refused", async (_what, content) => {
    const error = await openFile(content).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(GeoDatabaseError);
    expect((error as Error).message).toMatch(
      /geo\.mmdb" cannot be used: it is no MaxMind database \(\.mmdb\), or damaged\.$/,
    );
  });

  test.each([
    ["/nowhere/geo.mmdb", "there is no such file"],
    ["/tmp", "it is a folder"],
  ])("%s is refused: %s", (path, reason) => {
    expect(() => openGeoDatabase(path)).toThrow(`The geo database "${path}" cannot be used: ${reason}.`);
  });
});
