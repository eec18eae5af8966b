import { describe, expect, test } from "bun:test";
import { createNetworks, isNetwork, isPublicAddress, networkOf, normalizeAddress } from "../../src/lib/ip-address.ts";

describe("the usual form of an address", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:8080", "192.0.2.1"],
    [" 192.0.2.1 ", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:201", "192.0.2.1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
  ])("of %s is %s", (text, usual) => {
    expect(normalizeAddress(text)).toBe(usual);
  });

  test.each([
    "",
    "unknown",
    "_hidden",
    "127.1",
    "0x7f.0.0.1",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    ":::",
    "a".repeat(9_999),
  ])("does not exist for %p", (text) => {
    expect(normalizeAddress(text)).toBeNull();
  });
});

test("a visitor's network is the IPv4 address, and the first half of an IPv6 address", () => {
  expect(networkOf("192.0.2.1")).toBe("192.0.2.1");
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8:1:2::9")).toBe("2001:db8:1:2::/64");
});

test.each([
  ["8.8.8.8", true],
  ["2606:4700::1111", true],
  ["10.0.0.1", false],
  ["192.168.1.1", false],
  ["127.0.0.1", false],
  ["169.254.1.1", false],
  ["100.64.0.1", false],
  ["192.0.2.1", false],
  ["0.0.0.0", false],
  ["255.255.255.255", false],
  ["::1", false],
  ["fe80::1", false],
  ["fd00::1", false],
  ["2001:db8::1", false],
])("%s is of the public internet: %p", (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});

test("networks contain what their bits say, and nothing of the other kind", () => {
  const networks = createNetworks(["10.0.0.0/9", "::1", "0.0.0.0/32"]);
  expect(["10.127.255.255", "::1", "0.0.0.0"].map((address) => networks.contain(address))).toEqual([true, true, true]);
  expect(["10.128.0.0", "::2", "::", "nonsense"].map((address) => networks.contain(address))).not.toContain(true);
});

test.each([
  ["10.0.0.0/8", true],
  ["::/0", true],
  ["192.0.2.1", true],
  ["10.0.0.0/33", false],
  ["::/129", false],
  ["10.0.0.0/", false],
  ["10.0.0.0/8/8", false],
  ["10.0.0.0/-1", false],
  ["example.com", false],
  ["", false],
])("%p is a network: %p", (entry, expected) => {
  expect(isNetwork(entry)).toBe(expected);
});
