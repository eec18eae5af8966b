import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import fc from "fast-check";
import { compileRegex } from "../../src/query/regex.ts";
import { sql } from "../../src/store/sql-fragment.ts";
import { createNames } from "../../src/store/sql-names.ts";
import { extracted } from "../../src/store/sql-regex.ts";

const client = createClient({ url: ":memory:" });
beforeAll(() => client.execute("SELECT 1"));
afterAll(() => client.close());

/** What SQLite finds: the group's match in the text, "" where there is none. */
async function find(pattern: string, group: number, text: string): Promise<string> {
  const names = createNames();
  const program = compileRegex(pattern, group, 0);
  const found = names.expression(() => extracted(names.bind(text), program, names));
  const statement = sql`SELECT ${found}`;
  const { rows } = await client.execute({ sql: statement.text, args: [...names.args] });
  return String(rows[0]?.[0]);
}

describe("a regular expression in SQL", () => {
  test.each([
    ["utm_source=([^&]+)", 1, "https://example.com/?a=b&utm_source=mail&c=d", "mail"],
    ["(\\d+)-(\\d+)", 2, "tel 12-345", "345"],
    ["a+", 0, "baaac", "aaa"],
    ["a+?", 0, "baaac", "a"],
    ["(a|ab)(c|bcd)?", 0, "abcd", "abcd"],
    ["(a|ab)(c|bcd)?", 1, "abcd", "a"],
    ["^b", 0, "ab", ""],
    ["b$", 0, "ab", "b"],
    ["^$", 0, "", ""],
    ["x*", 0, "abc", ""],
    ["(x)?abc", 1, "abc", ""],
    ["(?i)ÄPFEL", 0, "viele äpfel", "äpfel"],
    ["(?:a|b){2,3}", 0, "xababx", "aba"],
    ["[^\\]a-]+", 0, "a]-b^c", "b^c"],
    ["[\\]^-]+", 0, "ab]^-c", "]^-"],
    ["\\x41\\.\\*", 0, "xA.*", "A.*"],
    [".", 0, "\n", ""],
    ["(?s).", 0, "\nb", "\n"],
    ["\\s(\\S+)\\s", 1, "a b c", "b"],
    ["(?P<name>b+)", 1, "abbc", "bb"],
    ["😀(.)", 1, "a😀ä", "ä"],
    ["\\w+", 0, "¿qué tal?", "qu"],
    ["(a*)*b", 0, "aaab", "aaab"],
  ])("%s, group %d, of %j is %j", async (pattern, group, text, expected) => {
    expect(await find(pattern, group, text)).toBe(expected);
  });

  const literal = fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "\\d", "1", "(?:ab)");
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { depthSize: "small" },
      literal,
      fc
        .tuple(literal, fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}"))
        .map((parts) => parts.join("")),
      fc.array(tie("pattern"), { minLength: 2, maxLength: 3 }).map((parts) => parts.join("")),
      fc.array(tie("pattern"), { minLength: 2, maxLength: 2 }).map((parts) => `(?:${parts.join("|")})`),
      tie("pattern").map((part) => `(?:${part})*`),
    ),
  }));

  test("finds what JavaScript's finds, for any pattern and text", async () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", "1", "\n"), { maxLength: 8 })
      .map((letters) => letters.join(""));
    const anchors = fc.constantFrom("", "^");
    await fc.assert(
      fc.asyncProperty(
        anchors,
        pattern,
        pattern,
        pattern,
        text,
        fc.nat({ max: 1 }),
        async (start, before, inside, after, of, group) => {
          const whole = `${start}${before}(${inside})${after}`;
          const expected = new RegExp(whole, "u").exec(of)?.[group] ?? "";
          expect(await find(whole, group, of)).toBe(expected);
        },
      ),
      { seed: 20_260_615, numRuns: 1_500 },
    );
  }, 60_000);
});
