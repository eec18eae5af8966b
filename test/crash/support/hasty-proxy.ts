/**
 * A server that acknowledges before it stores, as a control: `bun hasty-proxy.ts <url of a real server>`.
 *
 * Single events are answered 201 at once and passed on later, and so are deletions of single events; everything else is
 * passed on and answered by the real server. The tests that kill a server must find out that this one loses events.
 */
const target = process.argv[2] ?? "";

/** What is acknowledged and not yet stored: as much as servers that gather events in memory risk. */
const DELAY_MS = 100;

let lastId = Date.now() * 4096;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const body = method === "GET" ? null : await request.bytes();
    const pass = () => fetch(`${target}${pathname}${search}`, { method, headers, body });
    const isDeletion = method === "DELETE" && pathname.startsWith("/api/v1/events/");
    if (!isDeletion && (method !== "POST" || pathname !== "/api/v1/events")) return pass();
    setTimeout(() => void pass().catch(() => {}), DELAY_MS);
    if (isDeletion) return Response.json({});
    lastId += 1;
    return Response.json({ id: lastId.toString(36) }, { status: 201 });
  },
});
console.log(`http://${server.hostname}:${server.port}/`);
