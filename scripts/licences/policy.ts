/** Licences under which a package may be used, by SPDX identifier. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "CC-BY-3.0",
  "CC-BY-4.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Python-2.0",
  "Unlicense",
  "WTFPL",
  "Zlib",
]);

/**
 * Whether an SPDX expression lets us use the package: one side of every `OR`, both of every `AND`.
 *
 * No copyleft is allowed, and neither is what is not known: a person decides, and adds it to the list.
 */
export function isAllowed(expression: string): boolean {
  const tokens = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let position = 0;

  function either(): boolean {
    let allowed = both();
    while (tokens[position]?.toUpperCase() === "OR") {
      position += 1;
      allowed = both() || allowed;
    }
    return allowed;
  }

  function both(): boolean {
    let allowed = one();
    while (tokens[position]?.toUpperCase() === "AND") {
      position += 1;
      allowed = one() && allowed;
    }
    return allowed;
  }

  function one(): boolean {
    const token = tokens[position];
    position += 1;
    if (token !== "(") return token !== undefined && ALLOWED.has(token);
    const allowed = either();
    const isClosed = tokens[position] === ")";
    position += 1;
    return allowed && isClosed;
  }

  const allowed = either();
  return allowed && position === tokens.length;
}
