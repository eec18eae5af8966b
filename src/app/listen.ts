import type { Http } from "../http/server.ts";

/** How long requests in flight may take to finish at a stop, in ms. */
const DRAIN_MS = 8_000;

/** How long the server still listens after it was told to stop, in ms: for requests that are on their way. */
const LAST_REQUESTS_MS = 50;

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Called first of all at the stop, before the last requests are waited for. */
  readonly onStop: () => void;
}

export interface Listening extends AsyncDisposable {
  /** Where, with the real port. */
  readonly url: URL;
}

/** Answers requests until it is disposed of; then those that are on their way and in flight, and no more. */
export function listen(http: Http, { host, port, onStop }: ListenOptions): Listening {
  const { server } = http.listen({ hostname: host, port });
  if (!server) throw new Error("The HTTP server did not start");
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      onStop();
      // Bun resets connections whose request it has not read yet, so what has been sent is let in first.
      await Bun.sleep(LAST_REQUESTS_MS);
      const cut = setTimeout(() => void server.stop(true), DRAIN_MS);
      await server.stop(false);
      clearTimeout(cut);
    },
  };
}
