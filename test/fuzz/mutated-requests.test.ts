import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readAllEvents } from "../crash/support/inspect.ts";
import { chooseSeed, createRandom, type Random } from "../crash/support/random.ts";
import { type AccessFixture, createAccessFixture } from "../http/access-fixture.ts";
import { routeSamples } from "../http/route-samples.ts";
import { rawExchange } from "../support/raw-exchange.ts";
import { COMPILED, type TestServer } from "../support/server.ts";
import { mutate } from "./mutate.ts";

const REQUESTS = Number(process.env.FOOTFALL_FUZZ_REQUESTS ?? 5_000);
const AT_ONCE = 64;

/** After this time without a byte a request counts as one whose end is still awaited. */
const SILENT_MS = 150;

/** HTTP's own answers to what is no HTTP, by the runtime. */
const BY_RUNTIME = [501, 505];

let fixture: AccessFixture;
beforeAll(async () => {
  fixture = await createAccessFixture(COMPILED);
});
afterAll(() => fixture[Symbol.asyncDispose]());

interface Parts {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
}

/** A request for every route. */
const partsOf = (): readonly Parts[] =>
  Object.entries(routeSamples(fixture)).map(([name, { path, json }]) => ({
    method: name.split(" ")[0] ?? "",
    path,
    body: Buffer.from(json === undefined ? "" : JSON.stringify(json)),
  }));

function toBytes(server: TestServer, { method, path, body }: Parts): Buffer {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${new URL(server.url).host}`,
    `Authorization: Bearer ${server.adminKey}`,
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
    "Referer: https://chatgpt.com/",
    "X-Forwarded-For: 192.0.2.7, 10.0.0.1",
    "Origin: https://page.example",
    ...(body.length === 0 ? [] : ["Content-Type: application/json", `Content-Length: ${body.length}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

/** Changed where it is a body or a path, so that the rest comes through; or anywhere at all. */
function change(server: TestServer, parts: Parts, random: Random): Buffer {
  switch (random.between(1, 4)) {
    case 1:
      return mutate(toBytes(server, parts), random);
    case 2: {
      const path = mutate(Buffer.from(parts.path), random)
        .toString("latin1")
        .replaceAll(/[\s\0]/g, "%20");
      return toBytes(server, { ...parts, path: `/${path.replace(/^\/+/, "")}` });
    }
    default:
      return toBytes(server, { ...parts, body: mutate(parts.body, random) });
  }
}

/** Sends changed requests. @returns how often each status came; 0 is no answer. */
async function sendChanged(server: TestServer, random: Random): Promise<Map<number, number>> {
  const originals = partsOf();
  const statuses = new Map<number, number>();
  let left = REQUESTS;
  const client = async () => {
    while (left-- > 0) {
      const bytes = change(server, random.pick(originals) as Parts, random);
      const answer = await rawExchange(server.url, bytes, SILENT_MS);
      // Several, where the changed bytes make up several requests.
      const found = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      for (const status of found.length > 0 ? found : [0]) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status < 500 || BY_RUNTIME.includes(status)) continue;
        throw new Error(`${status} for ${JSON.stringify(bytes.toString("latin1"))}\n${answer}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return statuses;
}

describe(`${REQUESTS} requests of all routes with bytes changed`, () => {
  test(
    "get answers below 500, stop nothing, and spoil no event",
    async () => {
      const { server } = fixture;
      const seed = chooseSeed();
      const statuses = await sendChanged(server, createRandom(seed));
      const shown = [...statuses].toSorted().map(([status, count]) => `${count} × ${status || "no answer"}`);
      console.info(`${REQUESTS} changed requests (seed ${seed}): ${shown.join(", ")}`);
      // That they came through to the routes at all.
      for (const status of [200, 201, 400, 404]) expect(statuses.get(status) ?? 0).toBeGreaterThan(0);
      expect((await server.request("/ready")).status).toBe(200);
      const { websites } = (await (await server.request("/api/v1/websites")).json()) as {
        websites: { trackingCode: string }[];
      };
      expect(websites.length).toBeGreaterThan(0);
      for (const { trackingCode } of websites) {
        const { events, total } = await readAllEvents(server, trackingCode);
        expect(events).toHaveLength(total);
      }
      const rejections = await server.request("/api/v1/rejections?limit=1000");
      expect(((await rejections.json()) as { rejections: unknown[] }).rejections.length).toBeGreaterThan(10);
    },
    60_000 + REQUESTS * 20,
  );
});
