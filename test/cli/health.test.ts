import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { createPlace, onlyLineOf, type Place, type Running, SLOW_MS, urlOf } from "./footfall.ts";

let place: Place;
let server: Running;
let port: string;
beforeAll(async () => {
  place = createPlace();
  server = place.start(["serve", "--host", "0.0.0.0", "--port", "0"]);
  port = new URL(await urlOf(server)).port;
}, SLOW_MS);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

/** Something that listens on a free port and says `answer` to whoever connects; nothing when it is null. */
async function listening(answer: string | null): Promise<Disposable & { readonly port: string }> {
  const other: Server = createServer((socket) => {
    if (answer !== null) socket.end(answer);
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  if (address === null || typeof address === "string") throw new Error("It has no port");
  return { port: String(address.port), [Symbol.dispose]: () => void other.close() };
}

describe("a server that is ready", () => {
  test(
    "is told with 0, at the address of the environment",
    async () => {
      const ended = await place.run(["health"], { env: { FOOTFALL_PORT: port } });
      expect(ended).toEqual({ exitCode: 0, stdout: `ready: http://127.0.0.1:${port}\n`, stderr: "" });
    },
    SLOW_MS,
  );

  test(
    "and listens on all addresses is asked on the loopback one",
    async () => {
      const ended = await place.run(["health"], { env: { FOOTFALL_PORT: port, FOOTFALL_HOST: "0.0.0.0" } });
      expect(ended).toMatchObject({ exitCode: 0, stdout: `ready: http://127.0.0.1:${port}\n` });
    },
    SLOW_MS,
  );

  test(
    "is asked directly, whatever proxy the environment names",
    async () => {
      const proxy = "http://127.0.0.1:9";
      const env = { http_proxy: proxy, HTTP_PROXY: proxy, all_proxy: proxy };
      expect(await place.run(["health", "--port", port], { env })).toMatchObject({ exitCode: 0 });
    },
    SLOW_MS,
  );

  test(
    "is told as JSON",
    async () => {
      const url = `http://127.0.0.1:${port}/ready`;
      expect(await place.json<object>(["health", "--port", port])).toEqual({ ready: true, url, status: 200 });
    },
    SLOW_MS,
  );
});

test(
  "where no server is, it is 1 with a line that names the address",
  async () => {
    const closed = await listening(null);
    closed[Symbol.dispose]();
    const ended = await place.run(["health", "--port", closed.port]);
    expect(ended.exitCode).toBe(1);
    expect(onlyLineOf(ended)).toContain(`no server answers at http://127.0.0.1:${closed.port}`);
  },
  SLOW_MS,
);

test(
  "where the server is not ready, it is 1 with what the server says",
  async () => {
    using other = await listening("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 8\r\n\r\nstopping");
    const ended = await place.run(["health", "--port", other.port]);
    expect(ended.exitCode).toBe(1);
    expect(onlyLineOf(ended)).toContain("is not ready (503): stopping");
  },
  SLOW_MS,
);

test(
  "as JSON, a server that is not there is told too, with 1",
  async () => {
    using other = await listening("no HTTP at all\r\n\r\n");
    const ended = await place.run(["health", "--port", other.port, "--json"]);
    expect(ended.exitCode).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ ready: false, status: null });
  },
  SLOW_MS,
);

test(
  "a server that never answers is given up after 5 seconds",
  async () => {
    using other = await listening(null);
    const ended = await place.run(["health", "--port", other.port]);
    expect(ended.exitCode).toBe(1);
    expect(onlyLineOf(ended)).toContain("nothing came within 5 s");
  },
  SLOW_MS,
);
