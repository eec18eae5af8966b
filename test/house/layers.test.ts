import { beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { copyFiles, listFiles, ROOT, run, temporaryFolder } from "./repository.ts";

/** A file that breaks a rule of the house, and the error that the linter must answer with. */
interface Violation {
  readonly title: string;
  readonly path: string;
  readonly source: string;
  readonly rule: string;
}

const imports = (path: string, from: string): Violation => ({
  title: `${path} imports ${from}`,
  path,
  source: `import * as other from "${from}";\nexport { other };\n`,
  rule: "lint/style/noRestrictedImports",
});

const HTTP_LIBRARIES = ["elysia", "elysia/ws", "@elysiajs/swagger"];
const DATABASE_LIBRARIES = [
  "drizzle-orm",
  "drizzle-orm/libsql",
  "@libsql/client",
  "libsql",
  "libsql/promise",
  "bun:sqlite",
];
const METRICS = ["prom-client", "../metrics/metrics.ts"];
const DIALECT = "src/http/dialects/collection/broken.ts";

/** File → what it must not import. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ["domain", "query", "enrich"].map((layer) => [
      `src/${layer}/broken.ts`,
      [
        ...HTTP_LIBRARIES,
        ...DATABASE_LIBRARIES,
        ...METRICS,
        "../http/server.ts",
        "../store/open-store.ts",
        "../cli/serve.ts",
        "../jobs/purge.ts",
        "../config/config.ts",
        "../app.ts",
        "../app/deleting.ts",
      ],
    ]),
  ),
  "src/metrics/broken.ts": [
    ...HTTP_LIBRARIES,
    ...DATABASE_LIBRARIES,
    "../http/server.ts",
    "../store/open-store.ts",
    "../config/config.ts",
    "../app.ts",
    "../app/deleting.ts",
  ],
  "src/lib/broken.ts": [...HTTP_LIBRARIES, ...DATABASE_LIBRARIES, "../domain/event.ts", "../store/open-store.ts"],
  "src/client/broken.ts": [...HTTP_LIBRARIES, "node:fs", "../lib/clock.ts", "../domain/event.ts"],
  "src/store/broken.ts": [
    ...HTTP_LIBRARIES,
    ...METRICS,
    "../http/server.ts",
    "../cli/serve.ts",
    "../jobs/purge.ts",
    "../app.ts",
    "../app/deleting.ts",
  ],
  "src/jobs/broken.ts": [
    ...HTTP_LIBRARIES,
    ...DATABASE_LIBRARIES,
    "../http/server.ts",
    "../store/open-store.ts",
    "../app.ts",
    "../app/deleting.ts",
  ],
  "src/http/broken.ts": [
    ...DATABASE_LIBRARIES,
    "../store/open-store.ts",
    "../cli/serve.ts",
    "../jobs/purge.ts",
    "../app.ts",
    "../app/deleting.ts",
  ],
  "src/http/operations/broken.ts": [
    ...DATABASE_LIBRARIES,
    "prom-client",
    "../../metrics/metrics.ts",
    "../../store/open-store.ts",
  ],
  [DIALECT]: [
    ...DATABASE_LIBRARIES,
    "../../../metrics/metrics.ts",
    "../affiliate/index.ts",
    "../../dialects/profile-store/index.ts",
    "../../../store/open-store.ts",
    "../../../app.ts",
    "../../../app/deleting.ts",
  ],
  "src/http/dialects/affiliate/deeper/broken.ts": ["../../site-events/decode.ts", "../../../../store/open-store.ts"],
  "src/cli/broken.ts": DATABASE_LIBRARIES,
  "src/config/broken.ts": DATABASE_LIBRARIES,
  "src/testing/broken.ts": DATABASE_LIBRARIES,
  "src/app/broken.ts": DATABASE_LIBRARIES,
  "src/broken.ts": DATABASE_LIBRARIES,
};

const VIOLATIONS: readonly Violation[] = [
  ...Object.entries(FORBIDDEN).flatMap(([path, modules]) => modules.map((from) => imports(path, from))),
  {
    title: "a type is imported across layers",
    path: "src/domain/types.ts",
    source: 'import type { Client } from "@libsql/client";\nexport type Mine = Client;\n',
    rule: "lint/style/noRestrictedImports",
  },
  {
    title: "a module of another layer is passed on",
    path: "src/domain/passed-on.ts",
    source: 'export * from "../store/database.ts";\n',
    rule: "lint/style/noRestrictedImports",
  },
  {
    title: "a module of another layer is loaded late",
    path: "src/domain/late.ts",
    source: 'export const database = () => import("../store/database.ts");\n',
    rule: "lint/style/noRestrictedImports",
  },
  {
    title: "process.env is read outside config/env.ts",
    path: "src/config/config.ts",
    source: "export const home = process.env.HOME;\n",
    rule: "lint/style/noProcessEnv",
  },
  {
    title: "the environment is imported outside config/env.ts",
    path: "src/http/environment.ts",
    source: 'import { env } from "node:process";\nexport const home = env.HOME;\n',
    rule: "lint/style/noProcessEnv",
  },
  {
    title: "a module has a default export",
    path: "src/http/default.ts",
    source: "export default 1;\n",
    rule: "lint/style/noDefaultExport",
  },
  {
    title: "two modules import each other",
    path: "src/domain/chicken.ts",
    source: 'import { egg } from "./egg.ts";\nexport const chicken = (): unknown => egg;\n',
    rule: "lint/suspicious/noImportCycles",
  },
  {
    title: "a promise is left to itself",
    path: "src/domain/floating.ts",
    source:
      'import type { Writer } from "./writer.ts";\nexport function f(writer: Writer): void {\n  writer.append(1);\n}\n',
    rule: "lint/nursery/noFloatingPromises",
  },
  {
    title: "a promise is taken for a condition",
    path: "src/domain/condition.ts",
    source:
      'import type { Writer } from "./writer.ts";\nexport function f(writer: Writer): number {\n  if (writer.append(1)) return 1;\n  return 2;\n}\n',
    rule: "lint/nursery/noMisusedPromises",
  },
  {
    title: "a value is any",
    path: "src/domain/any.ts",
    source: "export const f = (value: any): unknown => value;\n",
    rule: "lint/suspicious/noExplicitAny",
  },
  {
    title: "a test is skipped",
    path: "test/domain/skipped.test.ts",
    source: 'import { test } from "bun:test";\ntest.skip("later", () => {});\n',
    rule: "lint/suspicious/noSkippedTests",
  },
  {
    title: "a test runs alone",
    path: "test/domain/alone.test.ts",
    source: 'import { test } from "bun:test";\ntest.only("this", () => {});\n',
    rule: "lint/suspicious/noFocusedTests",
  },
];

/** Files that the rules let pass, and those that the violations need. */
const ALLOWED: Readonly<Record<string, string>> = {
  "src/config/env.ts": "export const home = process.env.HOME;\n",
  "drizzle.config.ts": "export default 1;\n",
  "src/domain/egg.ts": 'import { chicken } from "./chicken.ts";\nexport const egg = (): unknown => chicken;\n',
  "src/domain/writer.ts": "export interface Writer {\n  append(value: number): Promise<void>;\n}\n",
  "src/domain/operation.ts":
    'import { Type } from "@sinclair/typebox";\nimport { now } from "../lib/now.ts";\nexport { now, Type };\n',
  "src/http/dialects/site-events/index.ts":
    'import { Elysia } from "elysia";\nimport { site } from "../../../domain/site.ts";\nimport { decode } from "./decode.ts";\nexport { decode, Elysia, site };\n',
  "src/store/open.ts":
    'import { createClient } from "@libsql/client";\nimport { site } from "../domain/site.ts";\nexport { createClient, site };\n',
  "src/app.ts":
    'import { server } from "./http/server.ts";\nimport { open } from "./store/open.ts";\nexport { open, server };\n',
};

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

/** Diagnostic categories by file. */
let found: ReadonlyMap<string, readonly string[]>;

/** Violations of one file are told apart by their line, so each gets a file of its own. */
const fileOf = (violation: Violation, index: number): string => violation.path.replace("broken", `broken-${index}`);

beforeAll(async () => {
  await using folder = await temporaryFolder();
  await copyFiles(["biome.json", ".gitignore"], folder.path);
  for (const [path, source] of Object.entries(ALLOWED)) await Bun.write(join(folder.path, path), source);
  for (const [index, violation] of VIOLATIONS.entries()) {
    await Bun.write(join(folder.path, fileOf(violation, index)), violation.source);
  }
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const { stdout, stderr } = await run(
    [
      "bun",
      biome,
      "lint",
      "--reporter=json",
      "--max-diagnostics=none",
      "--config-path=biome.json",
      "src",
      "test",
      "drizzle.config.ts",
    ],
    { cwd: folder.path },
  );
  if (stdout === "") throw new Error(stderr);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
  found = new Map(
    [...Map.groupBy(diagnostics, ({ location }) => location.path)].map(([path, list]) => [
      path,
      list.map(({ category }) => category),
    ]),
  );
});

test.each(VIOLATIONS.map((violation, index) => [violation.title, violation, index] as const))(
  "it is a lint error when %s",
  (_title, violation, index) => {
    expect(found.get(fileOf(violation, index))).toContain(violation.rule);
  },
);

test.each(Object.keys(ALLOWED).filter((path) => path !== "src/domain/egg.ts"))(
  "%s, which keeps the rules, passes",
  (path) => {
    expect(found.get(path) ?? []).toEqual([]);
  },
);

test("every dialect is named in the rule that keeps dialects apart", async () => {
  const { overrides } = (await Bun.file(join(ROOT, "biome.json")).json()) as { overrides: readonly unknown[] };
  const rules = JSON.stringify(overrides);
  const dialects = readdirSync(join(ROOT, "src/http/dialects"), { withFileTypes: true });
  for (const dialect of dialects) if (dialect.isDirectory()) expect(rules).toContain(`"**/${dialect.name}/**"`);
});

test("no module but config/env.ts reads the environment by Bun's own names", async () => {
  const modules = listFiles().filter((path) => /^src\/.*\.ts$/.test(path) && path !== "src/config/env.ts");
  const readers: string[] = [];
  for (const path of modules) {
    if (/\b(?:Bun|import\.meta)\.env\b/.test(await Bun.file(join(ROOT, path)).text())) readers.push(path);
  }
  expect(readers).toEqual([]);
});
