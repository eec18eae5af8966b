import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { AppError } from "../../src/domain/errors.ts";
import type { StoredEvent } from "../../src/domain/event.ts";
import { createAnswerExport } from "../../src/http/answer-export.ts";
import { createAnswerAtLength } from "../../src/http/long-response.ts";
import { createLogger } from "../../src/lib/log.ts";
import { eventually } from "../support/clock.ts";

type Slices = AsyncGenerator<readonly StoredEvent[], void, void>;

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  await cleanup.disposeAsync();
  cleanup = new AsyncDisposableStack();
});

/** A server that answers every request with an export of what `begin` gives. */
function serve(begin: () => Promise<Slices>, idleSeconds = 30): URL {
  const log = createLogger("silent");
  const answerAtLength = createAnswerAtLength({ stopping: new AbortController().signal, log, idleSeconds });
  const answerExport = createAnswerExport({ answerAtLength });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: idleSeconds,
    development: false,
    error: (error) => new Response(null, { status: (error as Error) instanceof AppError ? 503 : 500 }),
    fetch: (request, own) =>
      answerExport({
        request,
        server: own,
        contentType: "text/plain",
        fileName: "a.txt",
        header: "head\n",
        encode: (events) => "event\n".repeat(events.length),
        begin,
      }),
  });
  cleanup.defer(() => server.stop(true));
  return server.url;
}

/** Looks for events and finds none, until it is left. */
function createSearch() {
  const state = { looks: 0, isLeft: false };
  async function* search(): Slices {
    try {
      for (; ; state.looks++) {
        await Bun.sleep(1);
        yield [];
      }
    } finally {
      state.isLeft = true;
    }
  }
  return { state, search };
}

const ENCODINGS = ["identity", "gzip"] as const;

describe("an export that finds nothing for long", () => {
  test.each(ENCODINGS)("ends when its client leaves (%s)", async (encoding) => {
    const { state, search } = createSearch();
    const leaving = new AbortController();
    const answer = fetch(
      serve(async () => search()),
      {
        signal: leaving.signal,
        headers: { "accept-encoding": encoding },
      },
    ).then(
      (response) => response.text().catch(() => "left"),
      () => "left",
    );
    await eventually("it looks", 10_000, () => state.looks > 20);
    leaving.abort();
    expect(await answer).toBe("left");
    await eventually("it has ended", 10_000, () => state.isLeft);
  });

  test("is not cut off as one whose client takes nothing", async () => {
    // Bun looks for silent connections every 4 s.
    const [idleSeconds, silentMs] = [8, 14_000];
    async function* late(): Slices {
      for (const until = performance.now() + silentMs; performance.now() < until; ) {
        await Bun.sleep(50);
        yield [];
      }
      yield [{} as StoredEvent];
    }
    const kept = serve(async () => late(), idleSeconds);
    const silent = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: idleSeconds,
      fetch: () => Bun.sleep(silentMs).then(() => new Response("too late")),
    });
    cleanup.defer(() => silent.stop(true));
    const [text, other] = await Promise.all([
      fetch(kept).then((response) => response.text()),
      fetch(silent.url).then(
        (response) => response.text(),
        () => "cut off",
      ),
    ]);
    expect(text).toBe("head\nevent\n");
    expect(other).toBe("cut off");
  }, 60_000);
});

test("an export whose client takes nothing is cut off, and leaves its place", async () => {
  const state = { isLeft: false };
  async function* all(): Slices {
    try {
      for (;;) yield Array.from({ length: 10_000 }, () => ({}) as StoredEvent);
    } finally {
      state.isLeft = true;
    }
  }
  const { hostname, port } = serve(async () => all(), 8);
  const socket = connect(Number(port), hostname);
  cleanup.defer(() => void socket.destroy());
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await eventually("it is cut off", 40_000, () => state.isLeft);
}, 60_000);

describe("the places of exports", () => {
  test("are eight, and free again when an export ends, is left, or cannot begin", async () => {
    let isBroken = false;
    const searches: ReturnType<typeof createSearch>[] = [];
    const url = serve(async () => {
      if (isBroken) throw new Error("It cannot begin");
      const search = createSearch();
      searches.push(search);
      return search.search();
    });
    const leaving = new AbortController();
    // Not compressed: then the header comes at once.
    const init = { signal: leaving.signal, headers: { "accept-encoding": "identity" } };
    const open = async () => (await fetch(url, init)).body?.getReader().read();
    await Promise.all(Array.from({ length: 8 }, open));
    expect((await fetch(url)).status).toBe(503);
    expect(searches).toHaveLength(8);
    leaving.abort();
    await eventually("all have ended", 10_000, () => searches.every(({ state }) => state.isLeft));
    isBroken = true;
    for (let n = 0; n < 20; n++) expect((await fetch(url)).status).toBe(500);
  });
});
