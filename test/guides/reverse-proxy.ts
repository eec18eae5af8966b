import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { listen } from "../cli/footfall.ts";
import { createFolder } from "../support/store.ts";

/** A proxy in front of a server; killed at the end. */
export interface ReverseProxy extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
  });
  return promise;
}

/** Starts a program in the foreground, and waits until it says that it serves. */
async function start(options: { command: readonly string[]; folder: string; serves: RegExp }) {
  const { command, folder, serves } = options;
  const [program = ""] = command;
  if (Bun.which(program) === null) throw new Error(`${program} is missing: apt-get install ${program}`);
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: folder },
    stdout: "ignore",
    stderr: "pipe",
  });
  await listen(child.stderr).match(serves);
  return async () => {
    child.kill("SIGTERM");
    await child.exited;
  };
}

/** Caddy with a Caddyfile as the guide has it: without TLS, for which it would ask the world, and on a free port. */
export async function startCaddy(caddyfile: string, upstream: string): Promise<ReverseProxy> {
  const folder = await createFolder();
  const url = `http://127.0.0.1:${await freePort()}`;
  const here = caddyfile.replace(/^[\w.]+ \{$/m, `${url} {\n\tbind 127.0.0.1`).replaceAll("127.0.0.1:3000", upstream);
  await writeFile(join(folder.path, "Caddyfile"), `{\n\tadmin off\n}\n${here}`);
  const stop = await start({
    command: ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"],
    folder: folder.path,
    serves: /serving initial configuration/,
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What stands around a file of `conf.d`, without anything outside of this folder. */
const NGINX = `daemon off;
user root;
pid nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path other;
  uwsgi_temp_path other;
  scgi_temp_path other;
  include footfall.conf;
}
`;

const CERTIFICATE =
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 -keyout key.pem -out cert.pem";

/** nginx with a configuration as the guide has it, on a free port, with a certificate of its own. */
export async function startNginx(config: string, upstream: string): Promise<ReverseProxy> {
  const folder = await createFolder();
  const port = await freePort();
  const here = config
    .replaceAll("127.0.0.1:3000", upstream)
    .replace("listen 443 ", `listen 127.0.0.1:${port} `)
    .replace(/ssl_certificate \S+;/, `ssl_certificate ${folder.path}/cert.pem;`)
    .replace(/ssl_certificate_key \S+;/, `ssl_certificate_key ${folder.path}/key.pem;`);
  for (const name of ["body", "proxy", "other"]) await mkdir(join(folder.path, name));
  await writeFile(join(folder.path, "nginx.conf"), NGINX);
  await writeFile(join(folder.path, "footfall.conf"), here);
  const made = Bun.spawnSync(CERTIFICATE.split(" "), { cwd: folder.path, stderr: "pipe" });
  if (!made.success) throw new Error(`No certificate: ${made.stderr}`);
  const stop = await start({
    command: ["nginx", "-p", folder.path, "-c", "nginx.conf"],
    folder: folder.path,
    serves: /start worker process \d+/,
  });
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
