import type { Random } from "../crash/support/random.ts";

/** What has confused parsers of HTTP, URLs and JSON before; one letter a byte. */
const TOKENS: readonly string[] = [
  ..."\r\n|\r\n\r\n|\n|\r|\0|\t| |:|;|,|?|&|=|#|%|%00|%0d%0a|%ff|%ed%a0%80|../|..%2f|//|*|\x80|\xff\xfe|\xc0\x80".split(
    "|",
  ),
  ...["Content-Length: 0\r\n", "Content-Length: -1\r\n", "Content-Length: 99999999999999999999\r\n"],
  ...[
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Expect: 100-continue\r\n",
    "Host: a, b\r\n",
  ],
  ...[
    "Connection: upgrade\r\nUpgrade: websocket\r\n",
    "Content-Encoding: gzip\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
  ],
  ...[
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    "\\u0000",
    "\\ud800",
    "1e400",
    "-0",
    "9007199254740993",
    "null",
    "true",
    "[[[[[[[[",
  ],
  ...['"__proto__":{}', '"toJSON":1,', "NaN", "' OR 1=1 --", '"; DROP TABLE events; --', "<script>", "\ufeff"],
];

const MAX_CHANGES = 6;

/** The same bytes with a few changes: bits turned, bytes gone, doubled, moved, and tokens put in. */
export function mutate(bytes: Uint8Array, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let left = random.between(1, MAX_CHANGES); left > 0; left--) {
    const at = random.between(0, result.length);
    const to = Math.min(result.length, at + random.between(1, 40));
    const [before, part, after] = [result.subarray(0, at), result.subarray(at, to), result.subarray(to)];
    switch (random.between(1, 7)) {
      case 1:
        result = Buffer.concat([before, Buffer.from(part.map((byte) => byte ^ (1 << random.between(0, 7)))), after]);
        break;
      case 2:
        result = Buffer.concat([before, after]);
        break;
      case 3:
        result = Buffer.concat([before, part, part, part, after]);
        break;
      case 4:
        result = Buffer.concat([before, Buffer.from([random.between(0, 255)]), part, after]);
        break;
      case 5:
        result = Buffer.concat([after, part, before]);
        break;
      default:
        result = Buffer.concat([before, Buffer.from(random.pick(TOKENS) ?? "", "latin1"), part, after]);
    }
  }
  return result;
}
