import { describe, expect, test } from "bun:test";
import { createClientAddress } from "../../src/http/client-address.ts";
import { createNetworks } from "../../src/lib/ip-address.ts";
import type { Logger } from "../../src/lib/log.ts";
import { silentLog } from "../support/store.ts";

function open(log: Logger = silentLog) {
  const trustedProxies = createNetworks(["127.0.0.0/8", "::1", "10.0.0.0/8"]);
  const clientAddress = createClientAddress({ trustedProxies, log });
  return (peer: string | null, headers: Record<string, string> = {}) =>
    clientAddress(new Request("http://localhost/", { headers }), {
      requestIP: () => (peer === null ? null : { address: peer }),
    });
}

describe("the client's address", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:DB8::1", "2001:db8::1"],
    [null, null],
  ])("of a peer %s without headers is %s", (peer, address) => {
    expect(open()(peer)).toBe(address);
  });

  test.each([
    ["198.51.100.9", "198.51.100.9"],
    ["198.51.100.9, 203.0.113.5", "203.0.113.5"],
    ["198.51.100.9, 203.0.113.5, 10.0.0.3, 127.0.0.1", "203.0.113.5"],
    ["203.0.113.5:4711", "203.0.113.5"],
    ["[2001:db8::7]:443", "2001:db8::7"],
    ["10.0.0.8, 10.0.0.9", "10.0.0.8"],
    ["203.0.113.5, unknown, 10.0.0.3", "10.0.0.3"],
    ["unknown", "127.0.0.1"],
    ["", "127.0.0.1"],
    [",,,", "127.0.0.1"],
  ])("behind a trusted proxy that says X-Forwarded-For: %s is %s", (header, address) => {
    expect(open()("127.0.0.1", { "x-forwarded-for": header })).toBe(address);
  });

  test.each([
    ["for=203.0.113.5;proto=https;by=10.0.0.1", "203.0.113.5"],
    ['For="[2001:db8::7]:4711"', "2001:db8::7"],
    ["for=198.51.100.9, for=203.0.113.5", "203.0.113.5"],
    ["for=_hidden", "::1"],
    ["proto=https", "::1"],
  ])("behind a trusted proxy that says Forwarded: %s is %s", (header, address) => {
    expect(open()("::1", { forwarded: header })).toBe(address);
  });

  test("is that of an untrusted peer, whatever it says; the log warns of it once", () => {
    const warnings: unknown[] = [];
    const address = open({ ...silentLog, warn: (facts: unknown) => warnings.push(facts) } as unknown as Logger);
    for (const header of ["x-forwarded-for", "forwarded"]) {
      expect(address("192.0.2.1", { [header]: "203.0.113.5" })).toBe("192.0.2.1");
    }
    expect(warnings).toEqual([{ peer: "192.0.2.1" }]);
  });

  test("of a header with a million hops is found from the right", () => {
    const header = `${"198.51.100.9, ".repeat(1_000_000)}203.0.113.5`;
    expect(open()("127.0.0.1", { "x-forwarded-for": header })).toBe("203.0.113.5");
  });
});
