import { afterAll, beforeAll, describe, expect, mock, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as typescript5 from "typescript5";
import { createSite, listEvents, type Website } from "../contract/collection/fixture.ts";
import { ROOT } from "../house/repository.ts";
import { useBrowser } from "../http/browser.ts";
import { eventually } from "../support/clock.ts";
import { startApp, type TestServer, useServer } from "../support/server.ts";
import { compile, createProject, type Project } from "./project.ts";

const SLOW_MS = 120_000;
const WITHIN_MS = 10_000;

const GUIDE = await readFile(join(ROOT, "docs/client.md"), "utf8");

/** The one code block with this beginning. */
function block(info: string): string {
  const found = [...GUIDE.matchAll(new RegExp(`\`\`\`${info}\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code = ""]) => code);
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) throw new Error(`${found.length} blocks: ${info}`);
  return only;
}

const server = useServer(() => startApp());

/** The example with this server and this website in the place of those that it names. */
const fillIn = (code: string, { url }: TestServer, site?: Website): string =>
  code.replaceAll("https://stats.example.com", url).replaceAll("pm-…", site?.trackingCode ?? "");

describe("docs/client.md: on a page", () => {
  const browser = useBrowser();

  test(
    "its module tells of the view and of a click, under the policy that it names",
    async () => {
      const site = await createSite(server());
      const module = fillIn(block("js page"), server(), site);
      const policy = `default-src 'none'; ${fillIn(block("text"), server()).trim()}`;
      const html = `<!doctype html><button name="buy">Buy</button><script type="module" src="/tracking.js"></script>`;
      using website = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: ({ url }) => {
          const isModule = url.endsWith("/tracking.js");
          const headers = {
            "content-type": isModule ? "text/javascript" : "text/html",
            "content-security-policy": policy,
          };
          return new Response(isModule ? module : html, { headers });
        },
      });
      const context = await browser().newContext();
      const page = await context.newPage();
      const thrown: string[] = [];
      page.on("pageerror", ({ message }) => thrown.push(message));
      await page.goto(`${website.url.origin}/shop`);
      await page.click("button");
      await page.goto(`${website.url.origin}/next`);
      const stored = await eventually("view and click are stored", WITHIN_MS, async () => {
        const { events } = await listEvents(server(), site, { order: "asc" });
        return events.length >= 2 && events;
      });
      expect(stored.slice(0, 2)).toMatchObject([
        { eventType: "pageview", url: `${website.url.origin}/shop` },
        { eventType: "click", properties: { button: "buy" } },
      ]);
      expect(thrown).toEqual([]);
      await context.close();
    },
    SLOW_MS,
  );
});

describe("docs/client.md: in a project that has the package", () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject();
  }, SLOW_MS);
  afterAll(() => project[Symbol.asyncDispose]());

  test.each([
    ["node", ["node"]],
    ["bun", ["bun"]],
  ])(
    "its program for servers runs in %s, and stores the order once",
    async (name, command) => {
      const site = await createSite(server());
      const program = `${fillIn(block("js server"), server(), site)}\nconsole.log(isDone);`;
      await project.write(`${name}.mjs`, program);
      for (let time = 0; time < 2; time++) {
        const ended = await project.run([...command, `${name}.mjs`], { FOOTFALL_KEY: server().adminKey });
        expect(ended).toEqual({ exitCode: 0, stdout: "true\n", stderr: "" });
      }
      expect((await listEvents(server(), site)).events).toMatchObject([
        { eventType: "conversion", eventName: "order", value: 49.9, visitorId: "customer-7", eventId: "order-1001" },
      ]);
    },
    SLOW_MS,
  );

  /** Of the environment; the examples run in Bun and Node.js alike. */
  const ENVIRONMENT = "declare const process: { readonly env: Readonly<Record<string, string | undefined>> };\n";

  /** Compiles the example, runs it on a server of its own, and looks at what it prints. */
  async function expectToRun(name: string, code: string, options: object = {}): Promise<void> {
    await using own = await startApp();
    const filled = fillIn(code, own);
    await project.write(`${name}.ts`, filled);
    await project.write("environment.d.ts", ENVIRONMENT);
    expect(await compile(project, [`${name}.ts`, "environment.d.ts"], options)).toBe("");
    const ended = await project.run(["bun", `${name}.ts`], { FOOTFALL_KEY: own.adminKey });
    expect(ended).toEqual({ exitCode: 0, stdout: "0\n", stderr: "" });
  }

  test(
    "its program by Eden compiles and runs; what is wrong does not compile",
    async () => {
      const code = block("ts eden");
      // Of the libraries' own declarations not all compile.
      await expectToRun("eden", code, { skipLibCheck: true });
      await project.write("eden-wrong.ts", code.replace("domain:", "host:"));
      const said = await compile(project, ["eden-wrong.ts", "environment.d.ts"], { skipLibCheck: true });
      expect(said).toMatch(/eden-wrong\.ts\(\d+,\d+\): error TS\d+: .*'host'/);
    },
    SLOW_MS,
  );

  test(
    "its program by the OpenAPI document compiles and runs; what is wrong does not compile",
    async () => {
      // The generator works with the compiler of the release before; the project has both.
      mock.module("typescript", () => typescript5);
      const { default: generate, astToString } = await import("openapi-typescript");
      const document = new URL("/openapi.json", server().url);
      expect(GUIDE).toContain("--default-non-nullable false");
      const declarations = astToString(await generate(document, { defaultNonNullable: false }));
      await project.write("footfall.d.ts", declarations);

      const code = block("ts openapi");
      await expectToRun("openapi", code);
      await project.write("openapi-wrong.ts", code.replace("data.pagination.total", "data.pagination.sum"));
      const said = await compile(project, ["openapi-wrong.ts", "environment.d.ts"]);
      expect(said).toMatch(/openapi-wrong\.ts\(\d+,\d+\): error TS\d+: .*'sum'/);
    },
    SLOW_MS,
  );
});

test("docs/client.md names every option of the client with its standard, and no other", async () => {
  const declared = await readFile(join(ROOT, "src/client/client.d.ts"), "utf8");
  const [, options = ""] = /interface ClientOptions \{([\s\S]*?)\n\}/.exec(declared) ?? [];
  const names = [...options.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name);
  const rows = [...GUIDE.matchAll(/^\| `(\w+)` +\| /gm)].map(([, name]) => name);
  expect(rows).toEqual(names);
});
