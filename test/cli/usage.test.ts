import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json" with { type: "json" };
import { createPlace, onlyLineOf, type Place, SLOW_MS } from "./footfall.ts";

let place: Place;
beforeAll(() => {
  place = createPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

describe("wrong usage ends with 2 and one line that says what is wrong:", () => {
  test.each([
    [["imprt"], 'there is no command "imprt"'],
    [["site"], "site needs a command; one of: add, list, set, remove, restore"],
    [["key", "ad"], 'key has no command "ad"; one of: add, list, rotate, revoke'],
    [["--prot", "1"], "unknown option '--prot' (Did you mean --port?)"],
    [["serve", "now"], "too many arguments"],
    [["site", "add"], "required option '--name <name>' not specified"],
    [["site", "list", "x"], "too many arguments"],
    [["key", "add", "--name", "x", "--expires", "soon"], '--expires is "soon"; it must be a time'],
    [["site", "set", "1"], "site set needs to know what to change"],
    [["site", "set"], "missing required argument 'id'"],
    [["site", "set", "1", "--retention-days", "long"], "argument 'long' is invalid. It must be a whole number."],
    [["site", "set", "1", "--attribution-window-days", "off"], "It must be a whole number."],
    [["site", "remove"], "missing required argument 'id'"],
    [["site", "restore"], "missing required argument 'id'"],
    [["key", "add", "--name", "x", "--admin", "--tier", "pro"], "leave out --tier and --requests-per-minute"],
    [["key", "add", "--name", "x", "--requests-per-minute", "-1"], "It must be a whole number."],
    [["key", "rotate"], "missing required argument 'id'"],
    [["key", "rotate", "x", "--overlap", "soon"], '--overlap is "soon"; it must be a number and a unit'],
    [["key", "revoke"], "missing required argument 'id'"],
    [["import", "a.jsonl"], "required option '--site <id>' not specified"],
    [["import", "--site", "1"], "missing required argument 'file'"],
    [["import", "a.log", "--site", "1", "--format", "xml"], "Allowed choices are jsonl, csv, combined"],
    [
      ["import", "a.txt", "--site", "1"],
      "the format of a.txt is not known: say --format jsonl or --format csv or --format combined",
    ],
    [["backup"], "missing required argument 'file'"],
    [["backup", "a", "--keep", "0"], '--keep is "0"; it must be a whole number of at least 1'],
    [["backup", "a", "--keep", "1.5"], '--keep is "1.5"'],
    [["restore"], "missing required argument 'file'"],
    [["compact", "now"], "too many arguments"],
    [["check", "now"], "too many arguments"],
    [["import", "-", "--site", "1"], "the format of standard input is not known"],
    [["import", "-", "-", "--site", "1", "--format", "jsonl"], "standard input (-) can be read only once"],
    [["health", "--port", "0"], "the port is 0"],
    [["version", "now"], "too many arguments"],
  ])(
    "%j",
    async (args, problem) => {
      const ended = await place.run(args);
      expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
      expect(onlyLineOf(ended)).toStartWith("footfall: ");
      expect(ended.stderr).toContain(problem);
    },
    SLOW_MS,
  );

  test("and touches nothing", () => {
    expect(existsSync(join(place.path, "data"))).toBeFalse();
  });
});

test.each([[["--help"]], [["help"]], [["serve", "--help"]], [["help", "import"]], [["key", "add", "-h"]]])(
  "%j prints help",
  async (args) => {
    const ended = await place.run(args);
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ended.stdout).toStartWith("Usage: footfall");
  },
  SLOW_MS,
);

test(
  "the help of serve shows every flag with its variable and default",
  async () => {
    const { stdout } = await place.run(["serve", "--help"]);
    const text = stdout.replace(/\s+/g, " ");
    expect(text).toContain("--port <number> port to listen on; 0 for any free one [FOOTFALL_PORT; default: 3000]");
    expect(text).toContain("[FOOTFALL_DATABASE_URL; default: file:./data/footfall.db]");
    expect(text).toContain("[FOOTFALL_ADMIN_KEY]");
  },
  SLOW_MS,
);

describe("version", () => {
  test(
    "is printed",
    async () => {
      expect(await place.run(["version"])).toEqual({
        exitCode: 0,
        stdout: `footfall ${version} (from source)\n`,
        stderr: "",
      });
    },
    SLOW_MS,
  );

  test(
    "is printed as JSON",
    async () => {
      expect(await place.json<object>(["version"])).toEqual({ version, commit: null, date: null, bun: Bun.version });
    },
    SLOW_MS,
  );

  test(
    "is printed by --version",
    async () => {
      expect(await place.run(["--version"])).toEqual({ exitCode: 0, stdout: `${version} (from source)\n`, stderr: "" });
    },
    SLOW_MS,
  );
});

describe("an error", () => {
  test(
    "has no stack trace, and one with FOOTFALL_LOG_LEVEL=debug",
    async () => {
      const args = ["site", "add", "--name", " "];
      expect(onlyLineOf(await place.run(args))).toBe("footfall: --name: Must not be empty");
      const { stderr } = await place.run(args, { env: { FOOTFALL_LOG_LEVEL: "debug" } });
      expect(stderr).toMatch(/create-site\.ts:\d+/);
    },
    SLOW_MS,
  );

  test(
    "does not let a name speak to the terminal",
    async () => {
      const { stderr } = await place.run(["site", "add", "--name", "x", "--scope", "\u001b[2J"]);
      expect(stderr).not.toContain("\u001b");
    },
    SLOW_MS,
  );
});

test(
  "a wrong setting stops a command too, with 2 and the variable",
  async () => {
    const ended = await place.run(["site", "list"], { env: { FOOTFALL_DATABASE_URL: "postgres://x" } });
    expect(ended.exitCode).toBe(2);
    expect(onlyLineOf(ended)).toContain('FOOTFALL_DATABASE_URL (or --database-url) is "postgres://x"');
  },
  SLOW_MS,
);

test(
  "a pipe whose reader leaves early is no error",
  async () => {
    const command = `"${process.execPath}" "${join(import.meta.dir, "../../src/main.ts")}" serve --help | true`;
    const child = Bun.spawn(["sh", "-c", command], { cwd: place.path, stderr: "pipe", stdout: "ignore" });
    expect(await new Response(child.stderr).text()).toBe("");
  },
  SLOW_MS,
);
