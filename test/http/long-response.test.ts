import { afterEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { gzipped, toStream } from "../../src/http/long-response.ts";
import { eventually } from "../support/clock.ts";

const CHUNK = "x".repeat(64 * 1024);
const CHUNKS = 2_000;
/** What the operating system keeps of a connection at most, on both sides, and then some. */
const KEPT_CHUNKS = 400;

interface Made {
  /** How many chunks have been asked for. */
  asked: number;
  /** What `onEnd` was told, each time. */
  readonly ends: unknown[];
  /** Whether the generator has been left. */
  isLeft: boolean;
}

/** A body of 125 MiB that counts what is asked of it. */
function countedBody() {
  const made: Made = { asked: 0, ends: [], isLeft: false };
  async function* chunks() {
    try {
      for (; made.asked < CHUNKS; made.asked++) {
        await Bun.sleep(0);
        yield CHUNK;
      }
    } finally {
      made.isLeft = true;
    }
  }
  return { made, chunks: chunks(), onEnd: (error: unknown) => void made.ends.push(error) };
}

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  await cleanup.disposeAsync();
  cleanup = new AsyncDisposableStack();
});

function serve(answer: () => ReadableStream<Uint8Array>): number {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    error: () => new Response(null, { status: 500 }),
    fetch: () => new Response(answer()),
  });
  cleanup.defer(() => server.stop(true));
  return Number(server.port);
}

/** A client that asks and then takes nothing. */
async function stalledClient(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  cleanup.defer(() => void socket.destroy());
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  return socket;
}

/** Resolves with the count once it has not changed for a while. */
async function settled(made: Made): Promise<number> {
  let last = -1;
  await eventually("no more is asked for", 20_000, async () => {
    const before = made.asked;
    await Bun.sleep(100);
    const isSettled = before > 0 && before === made.asked && before === last;
    last = made.asked;
    return isSettled;
  });
  return made.asked;
}

describe("a long body", () => {
  test("is made as fast as it is taken: a client that takes nothing stops it, and goes on when it does", async () => {
    const { chunks, onEnd, made } = countedBody();
    const socket = await stalledClient(serve(() => toStream(chunks, onEnd)));
    expect(await settled(made)).toBeLessThan(KEPT_CHUNKS);
    expect(made.ends).toEqual([]);
    let bytes = 0;
    socket.on("data", (data: Buffer) => {
      bytes += data.length;
    });
    socket.resume();
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    expect(bytes).toBeGreaterThan(CHUNKS * CHUNK.length);
    expect(made).toMatchObject({ asked: CHUNKS, ends: [null], isLeft: true });
  }, 30_000);

  test("ends when its client leaves", async () => {
    for (const isCompressed of [false, true]) {
      const { chunks, onEnd, made } = countedBody();
      const answer = () => toStream(isCompressed ? gzipped(chunks) : chunks, onEnd);
      const leaving = new AbortController();
      const response = await fetch(`http://127.0.0.1:${serve(answer)}/`, { signal: leaving.signal });
      await response.body?.getReader().read();
      leaving.abort();
      await eventually("it ends", 20_000, () => made.ends.length > 0 && made.isLeft);
      expect(made.ends).toEqual([null]);
      expect(made.asked).toBeLessThan(CHUNKS);
    }
  }, 30_000);

  test("that breaks off resets the connection, and says why once", async () => {
    const failure = new Error("The disk is gone");
    const ends: unknown[] = [];
    async function* chunks() {
      yield "a";
      await Bun.sleep(1);
      throw failure;
    }
    for (const made of [chunks(), gzipped(chunks())]) {
      const port = serve(() => toStream(made, (error) => ends.push(error)));
      const text = await fetch(`http://127.0.0.1:${port}/`)
        .then((response) => response.text())
        .catch((error) => error);
      expect(text).toBeInstanceOf(Error);
    }
    expect(ends).toEqual([failure, failure]);
  });

  test("that is compressed is what it was", async () => {
    async function* chunks() {
      for (const text of ["a", "é".repeat(100_000), "", "z"]) yield text;
    }
    const body = new Response(toStream(gzipped(chunks()), () => {}));
    const text = new TextDecoder().decode(Bun.gunzipSync(new Uint8Array(await body.arrayBuffer())));
    expect(text).toBe(`a${"é".repeat(100_000)}z`);
  });
});
