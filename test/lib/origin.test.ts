import { expect, test } from "bun:test";
import { normalizeOrigin } from "../../src/lib/origin.ts";

test.each([
  ["https://example.com", "https://example.com"],
  ["HTTPS://Example.COM:443", "https://example.com"],
  ["http://example.com:80", "http://example.com"],
  ["http://localhost:8080", "http://localhost:8080"],
  ["https://bücher.example", "https://xn--bcher-kva.example"],
  ["http://[2001:DB8::1]:81", "http://[2001:db8::1]:81"],
  ["app://Local", "app://local"],
])("%s is the origin %s", (text, origin) => {
  expect(normalizeOrigin(text)).toBe(origin);
});

test.each([
  "",
  "null",
  "*",
  "example.com",
  "https://example.com/",
  "https://example.com/path",
  "https://example.com?query",
  "https://user@example.com",
  "https://a.example https://b.example",
  "https://a.example,https://b.example",
  "//example.com",
  "https://",
  `https://${"a".repeat(300)}.example`,
])("%j is none", (text) => {
  expect(normalizeOrigin(text)).toBeNull();
});
