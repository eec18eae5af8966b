import type { RouteName } from "../../src/http/routes.ts";

/** A request that a key with all rights gets through. */
export interface RouteSample {
  readonly path: string;
  readonly json?: unknown;
  /** The status for such a key, and for everyone where no key is needed. */
  readonly ok: number;
  /** The status for a key of another site; `own` where it sees its own sites instead. */
  readonly otherSite: number | "own";
}

/** What the samples are about. */
export interface Subject {
  readonly trackingCode: string;
  readonly siteId: string;
  readonly siteKey: string;
  readonly domain: string;
  readonly programId: number;
  readonly eventId: string;
  /** A website that may be deleted, and one that is. */
  readonly spareSite: string;
  readonly deletedSite: string;
  /** Of an event that may be deleted: its scope and its id. */
  readonly spareTrack: { readonly Scope: string; readonly TrackId: string };
  /** A key that may be rotated and revoked. */
  readonly spareKey: string;
  /** Of a sale. */
  readonly transactionId: string;
}

/** Never the same twice. */
let uses = 0;

/** A request for every route: a route without one does not compile. */
export function routeSamples(subject: Subject): Record<RouteName, RouteSample> {
  uses += 1;
  const { trackingCode, domain, programId, siteId, siteKey, eventId, transactionId } = subject;
  const { spareSite, deletedSite, spareTrack, spareKey } = subject;
  const event = { trackingCode, eventType: "click", url: "https://example.com/", sessionId: "s", visitorId: "v" };
  const view = { code: trackingCode, url: "https://example.com/", sid: "s", vid: "v" };
  const click = { affiliate_url: `https://www.${domain}/?aff=P` };
  const lead = { customer_key: `customer ${uses}`, program_id: programId };
  const sale = { ...lead, transaction_id: `transaction ${uses}`, amount_cents: 100 };
  const refund = { transaction_id: transactionId };
  const track = { DeviceId: "d", EventType: "click", Value: "v" };
  return {
    "POST /api/v1/events": { path: "/api/v1/events", json: event, ok: 201, otherSite: 403 },
    "POST /api/v1/events/batch": { path: "/api/v1/events/batch", json: { events: [event] }, ok: 201, otherSite: 207 },
    "GET /api/v1/events": { path: `/api/v1/events?trackingCode=${trackingCode}`, ok: 200, otherSite: 404 },
    "GET /api/v1/events/export": {
      path: `/api/v1/events/export?trackingCode=${trackingCode}`,
      ok: 200,
      otherSite: 404,
    },
    "GET /api/v1/events/stream": {
      path: `/api/v1/events/stream?trackingCode=${trackingCode}`,
      ok: 200,
      otherSite: 404,
    },
    "GET /api/v1/events/:id": { path: `/api/v1/events/${eventId}`, ok: 200, otherSite: 404 },
    "POST /api/v1/track": { path: "/api/v1/track", json: view, ok: 204, otherSite: 403 },
    "POST /api/v1/websites": {
      path: "/api/v1/websites",
      json: { name: "A", domain: `sample-${uses}.example` },
      ok: 201,
      otherSite: 403,
    },
    "GET /api/v1/websites": { path: "/api/v1/websites", ok: 200, otherSite: "own" },
    "POST /api/v1/keys": {
      path: "/api/v1/keys",
      json: { name: "A", permissions: ["events:read"] },
      ok: 201,
      otherSite: 403,
    },
    "GET /api/v1/websites/:id": { path: `/api/v1/websites/${trackingCode}`, ok: 200, otherSite: 404 },
    "PATCH /api/v1/websites/:id": {
      path: `/api/v1/websites/${trackingCode}`,
      json: { description: "secretive" },
      ok: 200,
      otherSite: 404,
    },
    "DELETE /api/v1/websites/:id": { path: `/api/v1/websites/${spareSite}`, ok: 200, otherSite: 404 },
    "POST /api/v1/websites/:id/restore": {
      path: `/api/v1/websites/${deletedSite}/restore`,
      ok: 200,
      otherSite: 404,
    },
    "GET /api/v1/keys": { path: "/api/v1/keys", ok: 200, otherSite: 403 },
    "POST /api/v1/keys/:id/rotate": { path: `/api/v1/keys/${spareKey}/rotate`, ok: 200, otherSite: 403 },
    "DELETE /api/v1/keys/:id": { path: `/api/v1/keys/${spareKey}`, ok: 200, otherSite: 403 },
    "GET /api/v1/sites": { path: "/api/v1/sites", ok: 200, otherSite: "own" },
    "GET /api/v1/sites/:siteId/events": { path: `/api/v1/sites/${siteId}/events`, ok: 200, otherSite: 403 },
    "GET /api/v1/sites/:siteId/stats": { path: `/api/v1/sites/${siteId}/stats`, ok: 200, otherSite: 403 },
    "POST /api/t": { path: "/api/t", json: { t: "bot", k: siteKey, p: "/", bot: "ABot" }, ok: 201, otherSite: 403 },
    "POST /api/integrations/cloudflare/verify": {
      path: "/api/integrations/cloudflare/verify",
      json: { key: siteKey, domain: "secretive.example", type: "worker" },
      ok: 200,
      otherSite: 403,
    },
    "GET /api/tracking/events/:programId": { path: `/api/tracking/events/${programId}`, ok: 200, otherSite: 403 },
    "GET /api/tracking/status/:programId": { path: `/api/tracking/status/${programId}`, ok: 200, otherSite: 403 },
    "GET /api/tracking/performance/:programId": {
      path: `/api/tracking/performance/${programId}`,
      ok: 200,
      otherSite: 403,
    },
    "POST /api/v1/track/click": { path: "/api/v1/track/click", json: click, ok: 200, otherSite: 403 },
    "POST /api/v1/track/lead": { path: "/api/v1/track/lead", json: lead, ok: 200, otherSite: 403 },
    "POST /api/v1/track/sale": { path: "/api/v1/track/sale", json: sale, ok: 200, otherSite: 403 },
    "POST /api/v1/track/refund": { path: "/api/v1/track/refund", json: refund, ok: 200, otherSite: 404 },
    "POST /api/tracking/click": { path: "/api/tracking/click", json: click, ok: 200, otherSite: 403 },
    "POST /api/tracking/lead": { path: "/api/tracking/lead", json: lead, ok: 200, otherSite: 403 },
    "POST /api/tracking/sale": { path: "/api/tracking/sale", json: sale, ok: 200, otherSite: 403 },
    "POST /api/tracking/refund": { path: "/api/tracking/refund", json: refund, ok: 200, otherSite: 404 },
    "DELETE /api/v1/events": {
      path: `/api/v1/events?trackingCode=${trackingCode}&all=true&dryRun=true`,
      ok: 200,
      otherSite: 404,
    },
    "DELETE /api/v1/events/:id": { path: `/api/v1/events/${eventId}?dryRun=true`, ok: 200, otherSite: 404 },
    "POST /api/v1/events/:id/restore": { path: `/api/v1/events/${eventId}/restore`, ok: 200, otherSite: 404 },
    "POST /api/v1/events/delete": {
      path: "/api/v1/events/delete",
      json: { trackingCode, ids: [eventId], dryRun: true },
      ok: 200,
      otherSite: 404,
    },
    "GET /api/v1/deletions": { path: "/api/v1/deletions", ok: 200, otherSite: "own" },
    "GET /api/v1/deletions/:id": { path: "/api/v1/deletions/del-1", ok: 404, otherSite: 404 },
    "POST /api/v1/deletions/:id/restore": { path: "/api/v1/deletions/del-1/restore", ok: 404, otherSite: 404 },
    "DELETE /api/v1/visitors/:visitorId": {
      path: `/api/v1/visitors/hidden-visitor?trackingCode=${trackingCode}&dryRun=true`,
      ok: 200,
      otherSite: 404,
    },
    "GET /api/v1/visitors/:visitorId/export": {
      path: `/api/v1/visitors/hidden-visitor/export?trackingCode=${trackingCode}`,
      ok: 200,
      otherSite: 404,
    },
    "GET /api/v1/audit": { path: "/api/v1/audit", ok: 200, otherSite: 403 },
    "POST /api/v2.0/Track": { path: "/api/v2.0/Track", json: track, ok: 201, otherSite: 403 },
    "POST /api/v1.0/Track": { path: "/api/v1.0/Track", json: track, ok: 201, otherSite: 403 },
    "POST /api/v2.0/TrackBulk": { path: "/api/v2.0/TrackBulk", json: [track], ok: 201, otherSite: 403 },
    "POST /api/v1.0/TrackBulk": { path: "/api/v1.0/TrackBulk", json: [track], ok: 201, otherSite: 403 },
    "GET /api/v2.0/TrackEvents": { path: "/api/v2.0/TrackEvents", ok: 200, otherSite: "own" },
    "GET /api/v1.0/TrackEvents": { path: "/api/v1.0/TrackEvents", ok: 200, otherSite: "own" },
    "POST /api/v2.0/TrackEvents/preview": {
      path: "/api/v2.0/TrackEvents/preview",
      json: { Query: "Events | count" },
      ok: 200,
      otherSite: 404,
    },
    // What the first one deletes the second one restores.
    "DELETE /api/v2.0/TrackEvents/:scope/:id": {
      path: `/api/v2.0/TrackEvents/${spareTrack.Scope}/${spareTrack.TrackId}`,
      ok: 200,
      otherSite: 404,
    },
    "POST /api/v2.0/TrackEvents/:scope/:id/restore": {
      path: `/api/v2.0/TrackEvents/${spareTrack.Scope}/${spareTrack.TrackId}/restore`,
      ok: 200,
      otherSite: 404,
    },
    "GET /health": { path: "/health", ok: 200, otherSite: 200 },
    "GET /ready": { path: "/ready", ok: 200, otherSite: 200 },
    "GET /version": { path: "/version", ok: 200, otherSite: 200 },
    "GET /metrics": { path: "/metrics", ok: 200, otherSite: 403 },
    "GET /client.js": { path: "/client.js", ok: 200, otherSite: 200 },
    "GET /openapi.json": { path: "/openapi.json", ok: 200, otherSite: 200 },
    "GET /docs": { path: "/docs", ok: 200, otherSite: 200 },
    "GET /docs/:file": { path: "/docs/nothing.css", ok: 404, otherSite: 404 },
  };
}
