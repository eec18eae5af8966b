import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { SLOW_MS } from "../cli/footfall.ts";
import { ROOT } from "../house/repository.ts";
import { fileIn, readBlocks } from "../support/guide-blocks.ts";
import { type ServerProcess, spawnServer } from "../support/server.ts";
import { createFolder } from "../support/store.ts";
import { type ReverseProxy, startCaddy, startNginx } from "./reverse-proxy.ts";

const BLOCKS = await readBlocks("install.md");
const DASHBOARD = "https://dashboard.example";

const startServer = (folder: string, env: Record<string, string>): Promise<ServerProcess> =>
  spawnServer({
    command: [process.execPath, join(ROOT, "src/main.ts"), "serve"],
    database: `${folder}/${Bun.randomUUIDv7()}.db`,
    cwd: folder,
    env: { FOOTFALL_INGEST_LIMIT: "3/min", FOOTFALL_CORS_ORIGINS: DASHBOARD, ...env },
  });

interface Sender {
  /** The address that the request comes from. */
  readonly from: string;
  readonly body: string;
  readonly headers?: readonly string[];
}

/** Posts through a proxy; the status of the answer. Not by `fetch`: it has no say in its own address. */
async function post(proxy: ReverseProxy, path: string, { from, body, headers = [] }: Sender): Promise<number> {
  const command = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--interface", from, "-d", "@-"];
  const child = Bun.spawn([...command, ...headers.flatMap((header) => ["-H", header]), proxy.url + path], {
    stdin: Buffer.from(body),
    stdout: "pipe",
  });
  return Number(await new Response(child.stdout).text());
}

const eventOf = (trackingCode: string) =>
  JSON.stringify({ trackingCode, eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" });

async function createSite(server: ServerProcess): Promise<string> {
  const answer = await server.request("/api/v1/websites", {
    json: { name: "Shop", domain: `${Bun.randomUUIDv7()}.example` },
  });
  return ((await answer.json()) as { trackingCode: string }).trackingCode;
}

describe.each([
  ["Caddy", "Caddyfile", startCaddy],
  ["Caddy, some paths of a site", "shop.Caddyfile", startCaddy],
  ["nginx", "footfall.conf", startNginx],
])("behind %s, as docs/install.md sets it up (%s),", (_, file, startProxy) => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let server: ServerProcess;
  let proxy: ReverseProxy;

  beforeAll(async () => {
    folder = await createFolder();
    server = await startServer(folder.path, { FOOTFALL_TRUSTED_PROXIES: "127.0.0.1" });
    proxy = await startProxy(fileIn(BLOCKS, file), new URL(server.url).host);
  }, SLOW_MS);
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await server.stop();
    await folder[Symbol.asyncDispose]();
  });

  test(
    "each client is limited by its own address, whatever it says of itself",
    async () => {
      const body = eventOf(await createSite(server));
      const statuses: number[] = [];
      for (let sent = 0; sent < 4; sent++) {
        const headers = [`X-Forwarded-For: 198.51.100.${sent}`];
        statuses.push(await post(proxy, "/api/v1/events", { from: "127.0.0.2", body, headers }));
      }
      expect(statuses).toEqual([201, 201, 201, 429]);
      expect(await post(proxy, "/api/v1/events", { from: "127.0.0.3", body })).toBe(201);
    },
    SLOW_MS,
  );

  test(
    "a page of another origin may ask before it posts, and is told so once",
    async () => {
      const answer = await fetch(`${proxy.url}/api/v1/events`, {
        method: "OPTIONS",
        headers: { Origin: "https://shop.example", "Access-Control-Request-Method": "POST" },
        tls: { rejectUnauthorized: false },
      });
      expect(answer.status).toBe(204);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    },
    SLOW_MS,
  );

  test(
    "a batch of 3 MiB passes",
    async () => {
      const event = JSON.parse(eventOf(await createSite(server)));
      const filled = { ...event, properties: { text: "x".repeat(30_000) } };
      const body = JSON.stringify({ events: Array(100).fill(filled) });
      expect(await post(proxy, "/api/v1/events/batch", { from: "127.0.0.4", body })).toBe(201);
    },
    SLOW_MS,
  );
});

test(
  "behind a proxy that is not trusted, all clients count as one, and the log says what is missing",
  async () => {
    await using folder = await createFolder();
    await using server = await startServer(folder.path, { FOOTFALL_TRUSTED_PROXIES: "off" });
    await using proxy = await startCaddy(fileIn(BLOCKS, "Caddyfile"), new URL(server.url).host);
    const body = eventOf(await createSite(server));
    const statuses: number[] = [];
    for (const last of [2, 3, 4, 5])
      statuses.push(await post(proxy, "/api/v1/events", { from: `127.0.0.${last}`, body }));
    expect(statuses).toEqual([201, 201, 201, 429]);
    await server.stop();
    expect(server.stderr()).toContain("FOOTFALL_TRUSTED_PROXIES");
  },
  SLOW_MS,
);

test(
  "what pages need not is not passed on by the site that passes on some paths",
  async () => {
    await using folder = await createFolder();
    await using server = await startServer(folder.path, {});
    await using proxy = await startCaddy(fileIn(BLOCKS, "shop.Caddyfile"), new URL(server.url).host);
    for (const path of ["/api/v1/keys", "/api/v1/websites", "/docs", "/metrics"]) {
      const headers = { Authorization: `Bearer ${server.adminKey}` };
      expect((await fetch(proxy.url + path, { headers })).status, path).toBe(404);
    }
  },
  SLOW_MS,
);

test(
  "the files are valid as they stand in the guide",
  async () => {
    await using folder = await createFolder();
    for (const name of ["Caddyfile", "shop.Caddyfile"]) {
      await Bun.write(`${folder.path}/${name}`, fileIn(BLOCKS, name));
      const command = ["caddy", "validate", "--adapter", "caddyfile", "--config", name];
      const env = { PATH: process.env.PATH ?? "", HOME: folder.path };
      const { exitCode, stderr } = Bun.spawnSync(command, { cwd: folder.path, env, stderr: "pipe" });
      expect({ exitCode }, stderr.toString()).toEqual({ exitCode: 0 });
      expect(stderr.toString()).not.toContain("not formatted");
    }
  },
  SLOW_MS,
);
