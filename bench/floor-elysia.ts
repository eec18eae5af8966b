import { Elysia } from "elysia";
import { CreateEvent, CreateEventBatch } from "../src/http/dialects/collection/schemas.ts";

/** The floor of the framework: Elysia validates the same body and stores nothing. */
const app = new Elysia({ normalize: false, serve: { reusePort: false } })
  .post("/api/v1/events", ({ body, status }) => status(201, { id: "0", url: body.url }), { body: CreateEvent })
  .post("/api/v1/events/batch", ({ body, status }) => status(201, { eventsCreated: body.events.length }), {
    body: CreateEventBatch,
  })
  .get("/api/v1/events", () => ({ events: [] }))
  .listen({ port: 0, hostname: "127.0.0.1" });
console.log(app.server?.url.origin);
