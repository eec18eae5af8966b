/**
 * A URL by which a server on this machine can be asked: one that listens on all addresses is asked
 * on the loopback one.
 */
export function reachableUrl(host: string, port: number): URL {
  const name = LOOPBACK[host] ?? host;
  return new URL(`http://${name.includes(":") ? `[${name}]` : name}:${port}/`);
}

const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1", "0:0:0:0:0:0:0:0": "::1" };
