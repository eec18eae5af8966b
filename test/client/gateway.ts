/** What the way to the server does with one batch. */
export type Mishap =
  /** Answers itself, and passes nothing on. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Passes the batch on, and loses the server's answer. */
  | { readonly kind: "lose the answer" }
  /** Passes the batch on, and answers when it is let go: with an error. */
  | { readonly kind: "hold the answer" };

export interface Batch {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly bytes: number;
  readonly headers: Headers;
}

/** A way to a server on which things go wrong, one after the other, and then no more. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  /** Every batch that came by so far. */
  readonly batches: readonly Batch[];
  /** Every method that was asked for, preflights too. */
  readonly methods: readonly string[];
  /** Answers the batches that are held. */
  letGo(): void;
}

export function startGateway(target: string, mishaps: readonly Mishap[] = []): Gateway {
  const left = [...mishaps];
  const batches: Batch[] = [];
  const methods: string[] = [];
  const held = Promise.withResolvers<void>();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      methods.push(method);
      const pass = (body: string | null) =>
        fetch(`${target}${pathname}${search}`, { method, headers, body, decompress: false });
      if (method !== "POST") return pass(null);
      const body = await request.text();
      batches.push({ events: JSON.parse(body).events, bytes: Buffer.byteLength(body), headers });
      const mishap = left.shift();
      if (mishap?.kind === "answer") {
        const cors = { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" };
        return new Response(mishap.body ?? "", { status: mishap.status, headers: { ...cors, ...mishap.headers } });
      }
      const answer = await pass(body);
      // What is on the other side of it has stored the events by now.
      if (mishap?.kind === "hold the answer") await held.promise;
      return mishap === undefined ? answer : new Response("", { status: 502 });
    },
  });
  return {
    url: server.url.origin,
    batches,
    methods,
    letGo: held.resolve,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
