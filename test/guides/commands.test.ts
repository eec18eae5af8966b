import { expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SLOW_MS } from "../cli/footfall.ts";
import { readBlocks } from "../support/guide-blocks.ts";
import { type GuideSession, startGuideSession } from "../support/guide-session.ts";

const LINE =
  '203.0.113.9 - - [17/May/2026:10:05:03 +0000] "GET /NAME HTTP/1.1" 200 5120 "-" "Mozilla/5.0 (compatible; GPTBot/1.2)"\n';

/** The guide's commands, one block after the other; what each prints. */
async function pasteAll(name: string, session: GuideSession): Promise<readonly string[]> {
  const outputs: string[] = [];
  for (const { code } of (await readBlocks(name)).filter(({ language }) => language === "sh")) {
    outputs.push(await session.paste(code));
  }
  expect(outputs).not.toBeEmpty();
  return outputs;
}

/** The site `web-2` on example.com: the first that is added. */
const addSite = ({ place }: GuideSession) =>
  place.json(["site", "add", "--name", "My site", "--domain", "example.com"]);

test(
  "the commands of docs/cli.md put a new key and a new tracking code into variables",
  async () => {
    await using session = await startGuideSession();
    await session.place.json(["site", "add", "--name", "Other"]);
    await pasteAll("cli.md", session);
    const [block] = (await readBlocks("cli.md")).filter(({ language }) => language === "sh");
    // The domain is taken by now.
    const again = (block?.code ?? "").replace("example.com", "example.org");
    const said = await session.paste(`${again}echo "$KEY $CODE"`);
    expect(said).toMatch(/^ff_\w{8}_\w+ pm-[a-z0-9]{6}-\d+\n$/);
  },
  SLOW_MS,
);

test(
  "the commands of docs/import.md import logs, compressed ones, JSON lines like its example, and a pipe",
  async () => {
    await using session = await startGuideSession();
    await addSite(session);
    const write = (name: string, text: string | Uint8Array) => writeFile(join(session.place.path, name), text);
    const line = (name: string) => LINE.replace("NAME", name);
    await mkdir(join(session.place.path, "old"));
    await write("access.log", line("a"));
    await write("access.log.1", line("b"));
    await write("access.log.2.gz", Bun.gzipSync(line("c")));
    await write("old/access.log.gz", Bun.gzipSync(line("d")));
    const example = (await readBlocks("import.md")).find(({ language }) => language === "json");
    await write("events.jsonl", `${JSON.stringify(JSON.parse(example?.code ?? ""))}\n`);
    const printed = (await pasteAll("import.md", session)).join("");
    const stored = [...printed.matchAll(/^(\S+): [\d,]+ lines?: (\d+) stored/gm)].map(([, file, n]) => `${file} ${n}`);
    expect(stored).toEqual([
      "access.log 1",
      "access.log.1 1",
      "access.log.2.gz 1",
      "all 3",
      "events.jsonl 1",
      "stdin 1",
    ]);
  },
  SLOW_MS,
);

test(
  "the command of docs/enrichment.md looks at every event of the site",
  async () => {
    await using session = await startGuideSession();
    await addSite(session);
    await writeFile(join(session.place.path, "access.log"), LINE);
    await session.paste("footfall import access.log --site example-com");
    expect((await pasteAll("enrichment.md", session)).join("")).toBe("1 event looked at, 0 changed\n");
  },
  SLOW_MS,
);
