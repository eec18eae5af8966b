import QuickLRU from "quick-lru";
import { isPublicAddress, networkOf } from "../lib/ip-address.ts";

/** Where an address is, null where nobody knows. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  readonly region: string | null;
  readonly city: string | null;
}

/** What an address tells. */
export interface AddressFacts extends Place {
  /** What counts as one visitor's network: of an IPv6 address, its first 64 bits. */
  readonly network: string;
}

/** Bounded, never throws. */
export type LookUpAddress = (address: string) => AddressFacts;

/** A database of addresses: the record of one, null where it has none. */
export type GeoReader = (address: string) => unknown;

/** At most twice as many are remembered. */
const REMEMBERED = 10_000;

const NOWHERE: Place = { country: null, region: null, city: null };

/**
 * Looks addresses up in a database, and remembers the last ones.
 *
 * Only those of the public internet: databases have countries for private networks as well.
 */
export function createLookUpAddress(read: GeoReader): LookUpAddress {
  const remembered = new QuickLRU<string, AddressFacts>({ maxSize: REMEMBERED });

  function placeOf(address: string): Place {
    if (!isPublicAddress(address)) return NOWHERE;
    try {
      return decodeRecord(read(address));
    } catch {
      // A damaged record: an event must not fail for it.
      return NOWHERE;
    }
  }

  return (address) => {
    const known = remembered.get(address);
    if (known) return known;
    const facts = { ...placeOf(address), network: networkOf(address) };
    remembered.set(address, facts);
    return facts;
  };
}

/** The records of MaxMind and DB-IP (`{country: {iso_code}}`), and the flat ones of ip-location-db (`{country_code}`). */
function decodeRecord(record: unknown): Place {
  const country = textAt(record, "country", "iso_code") ?? textAt(record, "country_code");
  return {
    country: country !== null && /^[A-Z]{2}$/.test(country) ? country : null,
    region: textAt(record, "subdivisions", "0", "names", "en") ?? textAt(record, "state1"),
    city: textAt(record, "city", "names", "en") ?? textAt(record, "city"),
  };
}

const MAX_NAME_LENGTH = 100;

/** A text inside of a record, null where there is none. */
function textAt(record: unknown, ...path: readonly string[]): string | null {
  let value = record;
  for (const name of path) value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_NAME_LENGTH) : null;
}
