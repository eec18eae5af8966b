import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { version } from "../../package.json" with { type: "json" };
import { bundleClient } from "../../scripts/client/client-script.ts";
import { ROOT } from "../house/repository.ts";
import { compile, createProject, type Project } from "./project.ts";

const SLOW_MS = 120_000;

let project: Project;
beforeAll(async () => {
  project = await createProject();
}, SLOW_MS);
afterAll(() => project[Symbol.asyncDispose]());

const GUIDE = await readFile(join(ROOT, "docs/testing.md"), "utf8");

/** The code blocks of the guide that begin with this word. */
const blocks = (info: string): readonly string[] =>
  [...GUIDE.matchAll(new RegExp(`\`\`\`${info}\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code = ""]) => code);

/** The one block of a kind. */
function block(info: string): string {
  const [only, ...others] = blocks(info);
  if (only === undefined || others.length > 0) throw new Error(`Not one block: ${info}`);
  return only;
}

describe("the package", () => {
  test("holds sources, migrations, declarations and its licence, and nothing else", () => {
    const allowed =
      /^(?:src\/.*\.(?:ts|js|css|svg)|drizzle\/\d{4}_\w+\.sql|dist\/types\/.*\.d\.ts|package\.json|README\.md|LICENSE)$/;
    expect(project.packed.filter((path) => !allowed.test(path))).toEqual([]);
    expect(project.packed).toContain("src/client/built/client.js");
    expect(project.packed).toContain("dist/types/http/api.d.ts");
  });

  test("has every file that its exports name", async () => {
    const { exports, bin } = JSON.parse(
      await readFile(join(project.path, "node_modules/footfall/package.json"), "utf8"),
    );
    const named = [
      ...Object.values(exports).flatMap((entry) =>
        typeof entry === "string" ? entry : Object.values(entry as object),
      ),
    ];
    for (const path of [...named, bin.footfall]) expect(project.packed).toContain(String(path).replace("./", ""));
  });

  test("has the command", async () => {
    const command = ["bun", "node_modules/footfall/src/main.ts", "version"];
    expect(await project.run(command)).toMatchObject({
      exitCode: 0,
      stdout: `footfall ${version} (from source)\n`,
      stderr: "",
    });
    const main = await readFile(join(project.path, "node_modules/footfall/src/main.ts"), "utf8");
    expect(main).toStartWith("#!/usr/bin/env bun\n");
  });

  test(
    "has declarations that a strict project compiles, down to the last",
    async () => {
      await project.write(
        "uses.ts",
        `import { createClient, type Client, type Rejection } from "footfall/client";
       import { startFootfall, type FootfallServer, type StoredEvent } from "footfall/testing";
       const onRejected = ({ error, message, event }: Rejection) => console.log(error, message, event.eventId);
       const client: Client = createClient({ url: "https://a.example", trackingCode: "pm-a-1", onRejected });
       const id: string = client.track("conversion", { value: 1, currency: "EUR", properties: { a: [1] } });
       const done: boolean = await client.flush(100);
       const server: FootfallServer = await startFootfall({ env: { FOOTFALL_LOG_LEVEL: "silent" } });
       const event: StoredEvent = await server.expectEvent({ type: /x/, properties: { a: { b: 1 } } }, { within: 10 });
       const all: StoredEvent[] = await server.events({ name: null });
       export { all, done, event, id };
       // @ts-expect-error There is no such type.
       client.track("purchase");
       // @ts-expect-error A time is a number.
       await server.events({ timestamp: "today" });
       // @ts-expect-error The website is missing.
       createClient({ url: "https://a.example" });`,
      );
      for (const options of [
        {},
        { module: "NodeNext", moduleResolution: "NodeNext", allowImportingTsExtensions: false },
      ]) {
        expect(await compile(project, ["uses.ts"], options)).toBe("");
      }
    },
    SLOW_MS,
  );

  test("says to Node.js that the test server is not for it", async () => {
    const program = 'await import("footfall/testing").catch(({ code }) => console.log(code));';
    await project.write("wrong.mjs", program);
    expect((await project.run(["node", "wrong.mjs"])).stdout).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n");
  });

  test("has a client that bundlers take", async () => {
    await project.write("page.js", 'import { createClient } from "footfall/client"; window.client = createClient;');
    const { success, outputs } = await Bun.build({ entrypoints: [join(project.path, "page.js")], target: "browser" });
    expect(success).toBeTrue();
    const [bundle] = outputs;
    expect(await bundle?.text()).toContain("sendBeacon");
  });
});

describe("docs/testing.md", () => {
  test(
    "shows tests that pass, in a project that has the package",
    async () => {
      await project.write("shown.test.ts", block("ts"));
      const { exitCode, stderr } = await project.run(["bun", "test", "shown.test.ts"]);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(" 2 pass\n") });
    },
    SLOW_MS,
  );

  test(
    "shows an expectation that holds, and the words of one that does not",
    async () => {
      const asserted = block("ts")
        .replace('expect(event.url).toBe("https://example.com/join");', block("ts like"))
        .replace(
          'properties: { plan: "pro" } });',
          'properties: { plan: "pro" } });\n'.concat(
            'const failed = server.expectEvent({ name: "signup", properties: { plan: "free" } });',
            "expect(await failed.catch((error) => error.message)).toBe(WORDS);",
          ),
        );
      await project.write("words.test.ts", `const WORDS = ${JSON.stringify(block("text").trimEnd())};\n${asserted}`);
      const { exitCode, stderr } = await project.run(["bun", "test", "words.test.ts"]);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(" 2 pass\n") });
    },
    SLOW_MS,
  );

  /** A folder with a command `footfall`, as an installed package or binary makes it. */
  async function installCommand(): Promise<Record<string, string>> {
    const main = join(project.path, "node_modules/footfall/src/main.ts");
    await project.write("bin/footfall", `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`);
    await project.run(["chmod", "+x", "bin/footfall"]);
    return { PATH: `${join(project.path, "bin")}:${process.env.PATH}` };
  }

  test(
    "shows a test in Node.js that passes",
    async () => {
      await project.write("shown.test.mjs", block("js"));
      const { exitCode, stdout } = await project.run(["node", "--test", "shown.test.mjs"], await installCommand());
      expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/pass 1\n/) });
    },
    SLOW_MS,
  );

  test(
    "shows lines for a shell that post an event, and end the server",
    async () => {
      const [script = "", install = ""] = blocks("sh");
      await project.write("shown.sh", `${script}\nwait "$SERVER"; echo "ended $?"`);
      const { stdout } = await project.run(["sh", "-u", "shown.sh"], await installCommand());
      expect(stdout).toMatch(/^\{"id":"[0-9a-z]+","websiteId":"web-1","eventType":"click",.*\}ended 0\n$/);
      expect(install).toContain("bun pm pack");
    },
    SLOW_MS,
  );

  test(
    "shows the line that the command prints",
    async () => {
      const { stdout } = await project.run(["sh", "-c", "sleep 1 | footfall test-server"], await installCommand());
      const [, shown = ""] = /\$ footfall test-server\n(.*)\n/.exec(GUIDE) ?? [];
      expect(Object.keys(JSON.parse(stdout))).toEqual(Object.keys(JSON.parse(shown)));
    },
    SLOW_MS,
  );
});

test("the client can be built again from its sources", async () => {
  expect(await bundleClient()).toContain("createClient");
});
