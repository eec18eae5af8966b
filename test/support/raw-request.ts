import { connect } from "node:net";

export interface RawAnswer {
  /** Everything that came back, one letter a byte. */
  readonly text: string;
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Sends bytes as they are, for requests that `fetch` would put right first, and reads until the
 * server closes: the request should say `Connection: close`.
 *
 * @param request one letter a byte.
 */
export async function rawRequest(serverUrl: string, request: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(serverUrl);
  const ended = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  const socket = connect(Number(port), hostname, () => socket.write(Buffer.from(request, "latin1")));
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => socket.destroy());
  socket.on("close", () => ended.resolve());
  await ended.promise;
  const text = Buffer.concat(chunks).toString("latin1");
  const [head = "", body = ""] = text.split(/\r\n\r\n(.*)/s);
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line) => {
    const [name = "", value = ""] = line.split(/: ?(.*)/s);
    return [name.toLowerCase(), value] as const;
  });
  return { text, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0), headers: new Map(headers), body };
}
