import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPlace } from "../cli/footfall.ts";
import { runToEnd } from "../support/run-to-end.ts";
import { ADMIN_KEY, type ServerProcess, spawnServer, temporaryFolder } from "../support/server.ts";

/** The README's shell blocks, run one after the other as a reader would, with host, key and code filled in. */
const ROOT = join(import.meta.dir, "..", "..");
const README = await readFile(join(ROOT, "README.md"), "utf8");
const BLOCKS = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);

const LOG_LINE =
  '203.0.113.9 - - [17/May/2026:10:05:03 +0000] "GET /pricing HTTP/1.1" 200 5120 "-" "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0"\n';

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  const command = [process.execPath, join(ROOT, "src", "main.ts"), "serve"];
  server = await spawnServer({ command, database: join(folder, "footfall.db"), cwd: folder });
  await writeFile(join(folder, "access.log"), LOG_LINE);
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The one block that has `text` in it. */
function blockWith(text: string): string {
  const found = BLOCKS.filter((block) => block.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} blocks of the README hold: ${text}`);
  return found[0] ?? "";
}

/** The terminal that the README shows: each command, and what it prints. */
const SESSIONS = [...README.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block = ""]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => ({
      command: part.slice(0, part.indexOf("\n")),
      output: part.slice(part.indexOf("\n") + 1),
    })),
);

/** Without what differs from machine to machine and from run to run. */
const constant = (text: string): string =>
  text
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "URL")
    .replaceAll(/^Database: .*/gm, "Database: PATH")
    .replaceAll(/\bff_\w+…?/g, "KEY")
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"TIME"')
    .replaceAll(/"\w{8,12}"/g, '"ID"');

test("the terminal that it shows first is what a first start prints", async () => {
  const [start] = SESSIONS[0] ?? [];
  expect(start?.command).toBe("npx bun@1.4 run start");
  await using place = createPlace();
  await using first = place.start(["serve"], { env: { FOOTFALL_PORT: "0", FOOTFALL_LOG_LEVEL: "warn" } });
  await first.stdout.match(/list its events\.\n/);
  first.process.kill("SIGTERM");
  const [printed = ""] = (await first.stdout.all()).split(/(?<=list its events\.\n)/);
  expect(constant(start?.output ?? "").replace(/…\n$/, "")).toBe(constant(printed));
});

test("the terminal that it shows then is what its commands print", async () => {
  let script = "";
  let shown = "";
  for (const { command, output } of SESSIONS[1] ?? []) {
    script += `${command}\n`;
    shown += output;
  }
  expect(script.split("\n").length).toBeGreaterThan(3);
  expect(constant(await runShell(script, { FOOTFALL_KEY: ADMIN_KEY }))).toBe(constant(shown));
});

async function runShell(script: string, variables: Record<string, string>): Promise<string> {
  const here = script
    .replaceAll("http://127.0.0.1:3000", server.url)
    .replaceAll("src/main.ts", join(ROOT, "src/main.ts"));
  const { exitCode, stdout, stderr } = await runToEnd(["sh", "-eu", "-c", here], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? "",
      FOOTFALL_DATABASE_URL: `file:${server.database}`,
      FOOTFALL_LOG_LEVEL: "warn",
      ...variables,
    },
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

test("the commands register a website, post an event twice, list it and import a log", async () => {
  const website = JSON.parse(await runShell(blockWith("/api/v1/websites"), { FOOTFALL_KEY: ADMIN_KEY }));
  expect(website.trackingCode).toMatch(/^pm-[a-z0-9]{6}-\d+$/);
  expect(website).toMatchObject({ name: "My shop", domain: "shop.example" });
  const variables = { FOOTFALL_KEY: ADMIN_KEY, TRACKING_CODE: website.trackingCode };

  const posted = JSON.parse(await runShell(blockWith('"eventId"'), variables));
  const repeated = JSON.parse(await runShell(blockWith('"eventId"'), variables));
  expect(posted).toMatchObject({ url: "https://shop.example/pricing", eventId: "my-own-id-1" });
  expect(repeated.id).toBe(posted.id);

  const list = JSON.parse(await runShell(blockWith("&limit=10"), variables));
  expect(list).toMatchObject({
    events: [{ id: posted.id, url: "https://shop.example/pricing" }],
    pagination: { total: 1 },
  });

  await runShell(blockWith("import access.log"), variables);
  const after = JSON.parse(await runShell(blockWith("&limit=10"), variables));
  expect(after.pagination.total).toBe(2);
});

test("its website is none that the lines of the first start have made already", async () => {
  const { domain } = JSON.parse(/'(\{"name".*\})'/.exec(blockWith("/api/v1/websites"))?.[1] ?? "");
  const banner = await readFile(join(ROOT, "src/cli/banner.ts"), "utf8");
  expect(banner).toContain('"domain":"');
  expect(banner).not.toContain(domain);
});

test("every shell block is one that these tests run, sets a variable, or starts the project", () => {
  const kinds = [
    /\/api\/v1\/websites/,
    /"eventId"/,
    /&limit=10/,
    /import access\.log/,
    /^export \w+=\S+\n$/,
    /^npx bun@1\.4 run start /,
  ];
  for (const block of BLOCKS) expect(kinds.filter((kind) => kind.test(block))).toHaveLength(1);
});

test("the scripts that it names exist", async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const named = [...README.matchAll(/(?:bun|bun@1\.4) run ([a-z:]+)/g)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThan(2);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});

test("its links lead to files of the repository", async () => {
  const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = ""]) => path);
  const missing = [];
  for (const link of links)
    if (!(await Bun.file(join(ROOT, link)).exists()) && !["docs/decisions", "bench/results"].includes(link))
      missing.push(link);
  expect(missing).toEqual([]);
});
