import { join } from "node:path";

const CLIENT = join(import.meta.dirname, "../../src/client");

/** What browsers and Node.js load; made from the TypeScript beside it. */
export const CLIENT_SCRIPT = join(CLIENT, "built/client.js");

/** A name of the sources' content; the script begins with it, so that a stale one is found. */
export async function hashSources(): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  const names = [...new Bun.Glob("*.ts").scanSync(CLIENT)].filter((name) => !name.endsWith(".d.ts"));
  for (const name of names.sort()) {
    hash.update(`${name}\0${await Bun.file(join(CLIENT, name)).text()}\0`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** One module without imports, for browsers from 2022 on and Node.js from 18 on. */
export async function bundleClient(): Promise<string> {
  const { success, logs, outputs } = await Bun.build({
    entrypoints: [join(CLIENT, "index.ts")],
    target: "browser",
    format: "esm",
    minify: true,
    throw: false,
  });
  const [script] = outputs;
  if (!success || !script) throw new Error(["The client could not be built:", ...logs.map(String)].join("\n"));
  return `/*! Footfall's client, MIT licence. Made by "bun run build:client" of ${await hashSources()} */\n${await script.text()}`;
}
