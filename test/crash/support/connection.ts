/** An answer, with its body as the bytes that came. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface WireRequest {
  readonly method: string;
  /** Path and query, written as they are: latin1, so that any byte can be sent. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The connection has ended before an answer was complete. */
export class ConnectionLostError extends Error {
  /** When the last byte of the request was handed to the operating system (`performance.now()`), null if it never was. */
  readonly sentAt: number | null;
  /** How many bytes of the answer had come. */
  readonly received: number;

  constructor(sentAt: number | null, received: number) {
    super(`The connection was lost ${sentAt === null ? "before the request was sent" : "before the answer"}`);
    this.name = "ConnectionLostError";
    this.sentAt = sentAt;
    this.received = received;
  }
}

/** One HTTP/1.1 connection: one request after the other, none sent twice. */
export interface Connection extends Disposable {
  /** @throws ConnectionLostError */
  send(request: WireRequest): Promise<Answer>;
  close(): void;
}

interface Exchange {
  readonly settle: PromiseWithResolvers<Answer>;
  unsent: Uint8Array;
  sentAt: number | null;
}

/**
 * Opens a connection, to send requests whose fate is known. Not `fetch`: that retries on its own, shares connections among callers, and
 * does not tell whether a request had left before the connection broke.
 *
 * @throws ConnectionLostError when nothing listens there.
 */
export async function connect(url: string): Promise<Connection> {
  const { hostname, port, host } = new URL(url);
  let exchange: Exchange | undefined;
  let received: Buffer = Buffer.alloc(0);
  let isOpen = true;

  function flush(): void {
    if (!exchange || exchange.sentAt !== null) return;
    const written = socket.write(exchange.unsent);
    exchange.unsent = exchange.unsent.subarray(Math.max(0, written));
    if (exchange.unsent.length === 0) exchange.sentAt = performance.now();
  }

  function receive(chunk: Uint8Array): void {
    received = received.length === 0 ? Buffer.from(chunk) : Buffer.concat([received, chunk]);
    const parsed = exchange && parseAnswer(received);
    if (!exchange || !parsed) return;
    received = received.subarray(parsed.length);
    const { settle } = exchange;
    exchange = undefined;
    settle.resolve(parsed.answer);
  }

  function end(): void {
    isOpen = false;
    exchange?.settle.reject(new ConnectionLostError(exchange.sentAt, received.length));
    exchange = undefined;
  }

  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: { data: (_, chunk) => receive(chunk), drain: flush, close: end, end, error: end },
  }).catch(() => {
    throw new ConnectionLostError(null, 0);
  });

  const close = () => {
    socket.terminate();
    end();
  };
  return {
    send(request) {
      if (!isOpen) return Promise.reject(new ConnectionLostError(null, 0));
      if (exchange) throw new Error("A request is under way on this connection");
      exchange = { settle: Promise.withResolvers<Answer>(), unsent: encode(request, host), sentAt: null };
      const { promise } = exchange.settle;
      flush();
      return promise;
    },
    close,
    [Symbol.dispose]: close,
  };
}

function encode({ method, path, headers = {}, body }: WireRequest, host: string): Buffer {
  const content = typeof body === "string" ? Buffer.from(body) : Buffer.from(body ?? []);
  const all = { host, ...(body === undefined ? {} : { "content-length": String(content.length) }), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), content]);
}

/** The first complete answer in `bytes`, null while something is missing. */
function parseAnswer(bytes: Buffer): { answer: Answer; length: number } | null {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return null;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const start = headEnd + 4;
  const rest = bytes.subarray(start);
  const isChunked = headers.get("transfer-encoding")?.toLowerCase() === "chunked";
  const content = isChunked ? parseChunks(rest) : parseSized(rest, Number(headers.get("content-length") ?? 0));
  if (!content) return null;
  const answer = { status: Number(statusLine.split(" ")[1]), headers, body: content.body };
  return { answer, length: start + content.length };
}

interface Content {
  readonly body: Buffer;
  readonly length: number;
}

function parseSized(bytes: Buffer, length: number): Content | null {
  return bytes.length < length ? null : { body: bytes.subarray(0, length), length };
}

function parseChunks(bytes: Buffer): Content | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return null;
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
    if (size === 0) return { body: Buffer.concat(chunks), length: at };
  }
}
