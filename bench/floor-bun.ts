/** The floor of the runtime: a bare `Bun.serve` that reads JSON and answers JSON. */
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    if (request.method === "GET") return Response.json({ events: [] });
    const body = (await request.json()) as { url?: string };
    return Response.json({ id: "0", url: body.url }, { status: 201 });
  },
});
console.log(server.url.origin);
