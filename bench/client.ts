import { KEY } from "./servers.ts";

/** Asks one server, one question after the other, on a connection that is kept. */
export interface BenchClient {
  readonly trackingCode: string;
  /** @throws for an answer that is no 2xx. */
  ask(path: string, init?: { method?: string; body?: unknown }): Promise<string>;
  /** Reads an answer of any size to its end, and keeps none of it. */
  drain(path: string): Promise<void>;
  /** Whether the server has a route, by its own description: a release without it is measured without it. */
  has(path: string): boolean;
}

export async function connect(origin: string): Promise<BenchClient> {
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };

  async function ask(path: string, { method = "GET", body }: { method?: string; body?: unknown } = {}) {
    const response = await fetch(origin + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return text;
  }

  async function drain(path: string): Promise<void> {
    const response = await fetch(origin + path, { headers });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
    for await (const _chunk of response.body ?? []);
  }

  const { websites } = JSON.parse(await ask("/api/v1/websites")) as { websites: { trackingCode: string }[] };
  const [site] = websites;
  if (!site) throw new Error("The server has no site");
  const { paths } = JSON.parse(await ask("/openapi.json")) as { paths: Record<string, unknown> };
  return { trackingCode: site.trackingCode, ask, drain, has: (path) => path in paths };
}
