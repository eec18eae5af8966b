import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Longer texts are no address. */
const MAX_LENGTH = 60;

/** Null for what is no address; an IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. */
function parse(text: string): Address | null {
  if (text.length > MAX_LENGTH || !ipaddr.isValid(text)) return null;
  // Whatever else the parser knows (`0x7f.1`, `127.1`), it is no way to write the address of a visitor.
  return text.includes(":") || /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) ? ipaddr.process(text) : null;
}

/** An address in its one usual form: lower case, shortened, without port, brackets and zone; null for none. */
export function normalizeAddress(text: string): string | null {
  const [, bracketed, plain] = /^\s*(?:\[([^\]]*)\](?::\d+)?|([^[\]]*?))\s*$/.exec(text) ?? [];
  const bare = bracketed ?? plain?.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1") ?? "";
  return parse(bare.replace(/%.*$/s, ""))?.toString() ?? null;
}

/** What counts as one visitor's network: an IPv4 address itself, of an IPv6 address its first 64 bits. */
export function networkOf(address: string): string {
  const parsed = address.includes(":") ? parse(address) : null;
  if (!parsed || parsed.kind() === "ipv4") return address;
  return `${new ipaddr.IPv6([...(parsed as ipaddr.IPv6).parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

/** Whether it is an address of the public internet: not private, local, reserved or for documentation. */
export function isPublicAddress(address: string): boolean {
  return parse(address)?.range() === "unicast";
}

/** A number of networks. */
export interface Networks {
  contain(address: string): boolean;
}

/** Whether it is `10.0.0.0/8`, or a single address. */
export const isNetwork = (entry: string): boolean => parseNetwork(entry) !== null;

/** Entries that are no networks contain nothing. */
export function createNetworks(entries: readonly string[]): Networks {
  const ranges = entries.map(parseNetwork).filter((range) => range !== null);
  return {
    contain(address) {
      const parsed = parse(address);
      if (!parsed) return false;
      return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
    },
  };
}

function parseNetwork(entry: string): [Address, number] | null {
  const [address = "", bits, ...rest] = entry.split("/");
  const network = parse(address);
  if (!network || rest.length > 0) return null;
  const width = network.kind() === "ipv4" ? 32 : 128;
  if (bits === undefined) return [network, width];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= width ? [network, Number(bits)] : null;
}
