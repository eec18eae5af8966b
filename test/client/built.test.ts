import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CLIENT_SCRIPT, hashSources } from "../../scripts/client/client-script.ts";
import { createSite, listEvents } from "../contract/collection/fixture.ts";
import { ROOT, run, temporaryFolder } from "../house/repository.ts";
import { onEveryTarget, startApp } from "../support/server.ts";

const SCRIPT = await Bun.file(CLIENT_SCRIPT).text();

describe("the built client", () => {
  test("is made of the sources as they are: bun run build:client", async () => {
    expect(SCRIPT).toContain(await hashSources());
  });

  test("is at most 3 KB with gzip", () => {
    expect(gzipSync(SCRIPT).byteLength).toBeLessThanOrEqual(3_000);
  });

  test("is one module, without imports", () => {
    const { imports, exports } = new Bun.Transpiler({ loader: "js" }).scan(SCRIPT);
    expect(imports).toEqual([]);
    expect(exports).toEqual(["createClient"]);
  });
});

describe("GET /client.js", () => {
  onEveryTarget((server) => {
    const get = (headers: Record<string, string> = {}) => fetch(`${server().url}/client.js`, { headers });

    test("is the built client, for pages of every origin", async () => {
      const answer = await get();
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe(SCRIPT);
      expect(answer.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    });

    test("is kept for an hour, and then asked for by its tag", async () => {
      const { headers } = await get();
      expect(headers.get("cache-control")).toBe("public, max-age=3600");
      const again = await get({ "if-none-match": headers.get("etag") ?? "" });
      expect(again.status).toBe(304);
      expect(again.headers.get("access-control-allow-origin")).toBe("*");
    });
  });
});

describe("in Node.js", () => {
  test("sends events, and does not keep a program running that is done", async () => {
    await using server = await startApp();
    const site = await createSite(server);
    await using folder = await temporaryFolder();
    const program = `
      import { createClient } from ${JSON.stringify(CLIENT_SCRIPT)};
      const options = {
        url: ${JSON.stringify(server.url)},
        trackingCode: ${JSON.stringify(site.trackingCode)},
        batchAfterMs: 120_000,
      };
      const client = createClient(options);
      client.track("custom", { eventName: "from-node", url: "https://example.com/", properties: { text: "für 😀" } });
      console.log(await client.flush());
      // To be sent after two minutes, which nobody waits for: the program would be stopped before.
      client.track("click", { url: "https://example.com/" });
      createClient({ ...options, url: "http://127.0.0.1:9" }).track("click", {});
    `;
    await Bun.write(join(folder.path, "program.mjs"), program);
    const ended = await run(["node", "program.mjs"], { cwd: folder.path });
    expect(ended).toEqual({ exitCode: 0, stdout: "true\n", stderr: "" });
    expect((await listEvents(server, site)).events).toMatchObject([
      { eventType: "custom", eventName: "from-node", properties: { text: "für 😀" } },
    ]);
  }, 30_000);
});

test("its declarations need no other file", async () => {
  const text = await Bun.file(join(ROOT, "src/client/client.d.ts")).text();
  expect(new Bun.Transpiler({ loader: "ts" }).scan(text).imports).toEqual([]);
});
