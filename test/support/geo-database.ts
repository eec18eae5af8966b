/** What a database says of a network: objects, lists and texts. */
export type GeoRecord = string | readonly GeoRecord[] | { readonly [name: string]: GeoRecord };

const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
const SEPARATOR = Buffer.alloc(16);

/**
 * A database in MaxMind's format with the given IPv4 addresses, each of them a network of its own.
 * Specification: maxmind.github.io/MaxMind-DB
 */
export function encodeGeoDatabase(records: Readonly<Record<string, GeoRecord>>): Buffer {
  const data: Buffer[] = [];
  let size = 0;
  const leaves = Object.entries(records).map(([address, record]) => {
    const encoded = encode(record);
    const offset = size;
    data.push(encoded);
    size += encoded.length;
    return { bits: bitsOf(address), offset };
  });
  // A node is a pair of children; null leads nowhere, a number is an offset into the data.
  type Child = Node | number | null;
  interface Node {
    readonly children: [Child, Child];
    index: number;
  }
  const nodes: Node[] = [];
  const createNode = (): Node => {
    const node: Node = { children: [null, null], index: nodes.length };
    nodes.push(node);
    return node;
  };
  const root = createNode();
  for (const { bits, offset } of leaves) {
    let node = root;
    for (const bit of bits.slice(0, -1)) {
      const next = node.children[bit as 0 | 1];
      if (next !== null && typeof next !== "number") node = next;
      else {
        const created = createNode();
        node.children[bit as 0 | 1] = created;
        node = created;
      }
    }
    node.children[bits.at(-1) as 0 | 1] = offset;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  for (const { children, index } of nodes) {
    for (const [side, child] of children.entries()) {
      const value =
        child === null
          ? nodes.length
          : typeof child === "number"
            ? nodes.length + SEPARATOR.length + child
            : child.index;
      tree.writeUIntBE(value, index * 6 + side * 3, 3);
    }
  }
  return Buffer.concat([tree, SEPARATOR, ...data, MARKER, encodeMetadata(nodes.length)]);
}

function bitsOf(address: string): number[] {
  return address.split(".").flatMap((part) => Array.from(Number(part).toString(2).padStart(8, "0"), Number));
}

const control = (type: number, size: number): Buffer =>
  type > 7 ? Buffer.from([size, type - 7]) : Buffer.from([(type << 5) | size]);

function encode(record: GeoRecord): Buffer {
  if (typeof record === "string") {
    const text = Buffer.from(record);
    // Lengths from 29 on have a byte of their own.
    return text.length < 29
      ? Buffer.concat([control(2, text.length), text])
      : Buffer.concat([control(2, 29), Buffer.from([text.length - 29]), text]);
  }
  if (Array.isArray(record)) return Buffer.concat([control(11, record.length), ...record.map(encode)]);
  const entries = Object.entries(record as Readonly<Record<string, GeoRecord>>);
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([name, value]) => [encode(name), encode(value)]),
  ]);
}

const integer = (type: 5 | 6, value: number): Buffer => {
  const bytes = Buffer.alloc(type === 5 ? 2 : 4);
  bytes.writeUIntBE(value, 0, bytes.length);
  return Buffer.concat([control(type, bytes.length), bytes]);
};

function encodeMetadata(nodeCount: number): Buffer {
  const fields: readonly (readonly [string, Buffer])[] = [
    ["node_count", integer(6, nodeCount)],
    ["record_size", integer(5, 24)],
    ["ip_version", integer(5, 4)],
    ["database_type", encode("Test-City")],
    ["languages", encode(["en"])],
    ["binary_format_major_version", integer(5, 2)],
    ["binary_format_minor_version", integer(5, 0)],
    ["build_epoch", integer(6, 1_700_000_000)],
    ["description", encode({ en: "Test" })],
  ];
  return Buffer.concat([control(7, fields.length), ...fields.flatMap(([name, value]) => [encode(name), value])]);
}

/** What MaxMind's and DB-IP's databases of cities say of one. */
export const LONDON: GeoRecord = {
  country: { iso_code: "GB", names: { en: "United Kingdom" } },
  subdivisions: [{ iso_code: "ENG", names: { en: "England" } }],
  city: { names: { en: "London", de: "London" } },
};
