import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { bindNative } from "../../scripts/binary/static-libsql.ts";
import { ROOT } from "../house/repository.ts";

const NATIVE = "@libsql/linux-x64-gnu/index.node";

describe("the libSQL that is installed", () => {
  test.each(["index.js", "promise.js"])("loads its native half by name in %s once it is bound", async (file) => {
    const path = join(ROOT, "node_modules/libsql", file);
    const bound = bindNative(await Bun.file(path).text(), NATIVE, path);
    expect(bound).toContain(`function requireNative() { return require("${NATIVE}"); }`);
    expect(bound).toContain("= requireNative();");
    expect(bound).not.toContain("LIBSQL_JS_DEV");
    expect(() => new Bun.Transpiler({ loader: "js" }).transformSync(bound)).not.toThrow();
  });
});

test.each([
  ["the function has another name", "function loadNative() {\n  return 1\n}\nconst { a } = loadNative();\n"],
  ["the function is an arrow", "const requireNative = () => 1;\nconst { a } = requireNative();\n"],
  ["nothing calls the function", "function requireNative() {\n  return 1\n}\n"],
])("the build stops where %s, and names the file", (_case, source) => {
  expect(() => bindNative(source, NATIVE, "libsql/index.js")).toThrow(/^libsql\/index\.js has no requireNative\(\)/);
});
