/** What becomes of a request on its way: it arrives and is answered, or it arrives twice, or one of both is lost. */
export type Fate = "pass" | "lose request" | "lose answer" | "double";

/** A way to an HTTP server, on which requests and answers can get lost and are counted. */
export interface Way extends AsyncDisposable {
  readonly url: string;
  /** The fates of the next requests that insert events, one after the other. */
  next(...coming: (() => Fate | Promise<Fate>)[]): void;
  /** From now on nothing is lost. */
  clear(): void;
  /** How many requests with this text have come so far. */
  count(text: string): number;
}

/** @param target the server's address. */
export function startWay(target: string): Way {
  const fates: (() => Fate | Promise<Fate>)[] = [];
  const bodies: Buffer[] = [];

  async function pass(request: Request, body: Buffer<ArrayBuffer>): Promise<Response> {
    const { method, headers } = request;
    const { pathname } = new URL(request.url);
    const answer = await fetch(`${target}${pathname}`, { method, headers, ...(body.length > 0 ? { body } : {}) });
    const type = answer.headers.get("content-type");
    const content = await answer.arrayBuffer();
    return new Response(content, { status: answer.status, headers: type === null ? {} : { "content-type": type } });
  }

  const server = Bun.serve({
    port: 0,
    async fetch(request) {
      const body = Buffer.from(await request.arrayBuffer());
      bodies.push(body);
      const fate = body.includes("INSERT INTO events") ? ((await fates.shift()?.()) ?? "pass") : "pass";
      if (fate === "lose request") return new Response("lost", { status: 502 });
      const answer = await pass(request, body).catch(() => new Response("nobody is there", { status: 502 }));
      if (fate === "double") return pass(request, body);
      return fate === "lose answer" ? new Response("lost", { status: 502 }) : answer;
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    next: (...coming) => void fates.push(...coming),
    clear: () => void fates.splice(0),
    count: (text) => bodies.filter((body) => body.includes(text)).length,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
