import type { BunPlugin } from "bun";

/** libSQL's entry points, the one that blocks and the one that does not. */
const ENTRY_POINTS = /[\\/]node_modules[\\/]libsql[\\/](?:index|promise)\.js$/;

const REQUIRE_NATIVE = /^function requireNative\(\) \{[\s\S]*?^\}$/m;

/**
 * libSQL looks for its native half at run time, by the name of the machine it finds itself on. A
 * bundler can only take along what is named in the source, so the search becomes a name.
 *
 * @param source of an entry point of the package `libsql`.
 * @param native the module to load instead.
 * @throws when the source has changed and there is nothing to replace: the binary would not start.
 */
export function bindNative(source: string, native: string, path: string): string {
  const bound = source.replace(REQUIRE_NATIVE, () => `function requireNative() { return require("${native}"); }`);
  if (bound === source || !/\brequireNative\(\);/.test(bound)) {
    throw new Error(`${path} has no requireNative() any more: see how libsql loads its native half now`);
  }
  return bound;
}

/** Binds both entry points of libSQL to one native module. */
export function staticLibsql(native: string): BunPlugin {
  return {
    name: "static-libsql",
    setup(build) {
      build.onLoad({ filter: ENTRY_POINTS }, async ({ path }) => ({
        contents: bindNative(await Bun.file(path).text(), native, path),
        loader: "js",
      }));
    },
  };
}
