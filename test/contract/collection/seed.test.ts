import { describe, expect, test } from "bun:test";
import { onEveryTarget, type TestServer } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";
import {
  createEvent,
  createSite,
  type EventBody,
  expectStatus,
  list,
  post,
  postBatch,
  type Website,
} from "./fixture.ts";
import { GUIDE_CODE, GUIDE_EVENT_ID, GUIDE_HOST, GUIDE_KEY, guideCommands, guideJson } from "./seed/guide.ts";

const CREATE = "1. Create Single Event";
const BATCH = "2. Create Multiple Events (Batch)";
const LIST = "3. Get Events";
const GET = "4. Get Specific Event";

/** An example as what an answer must at least hold; what the server makes up is only compared in kind. */
function like(example: Record<string, unknown>): Record<string, unknown> {
  const made = { id: expect.any(String), websiteId: expect.any(String), createdAt: expect.any(String) };
  const fields = Object.entries(example).map(([name, value]) => {
    if (Array.isArray(value)) return [name, value.map((item) => like(item))];
    return [name, name in made ? made[name as keyof typeof made] : value];
  });
  return Object.fromEntries(fields);
}

/** An example with the tracking code of a website that exists. */
function withCode<Body>(body: Body, site: Pick<Website, "trackingCode">): Body {
  return JSON.parse(JSON.stringify(body).replaceAll(GUIDE_CODE, site.trackingCode));
}

/** The body that a command sends. */
const sentBy = (command: string) => JSON.parse(command.slice(command.indexOf("-d '") + 4, command.lastIndexOf("'")));

describe("the guide's commands, pasted into a shell", () => {
  onEveryTarget((server, target) => {
    /** What has to be replaced, and quotes where the shell would take a `&` for its own. */
    function prepare(
      command: string | undefined,
      { trackingCode }: Pick<Website, "trackingCode">,
      eventId = "",
    ): string {
      return (command ?? "")
        .replaceAll(GUIDE_HOST, server().url)
        .replaceAll(GUIDE_KEY, server().adminKey)
        .replaceAll(GUIDE_CODE, trackingCode)
        .replaceAll(GUIDE_EVENT_ID, eventId)
        .replace(/(http:\S*&\S*)/, '"$1"');
    }

    async function run(command: string, status: number, headers: readonly string[] = []) {
      const answer = await runCurl(command, { headers });
      expect(answer).toMatchObject({ status });
      return JSON.parse(answer.body);
    }

    /** Steps 2 and 3 on a website; the event of step 2. */
    async function sendAll(site: Website): Promise<EventBody> {
      const [single] = guideCommands("Step 2: Send a Single Event");
      const event = await run(prepare(single, site), 201);
      const [batch] = guideCommands("Step 3: Send Batch Events");
      await run(prepare(batch, site), 201);
      return event;
    }

    test("step 1 registers a website", async () => {
      await using fresh = await target.start();
      const [command] = guideCommands("Step 1: Get a Website Tracking Code");
      const answer = await runCurl(prepare(command, { trackingCode: "" }).replaceAll(server().url, fresh.url));
      const { name, domain } = guideJson("Step 1: Get a Website Tracking Code", "This returns:");
      expect(answer.status).toBe(201);
      expect(JSON.parse(answer.body)).toMatchObject({
        id: expect.stringMatching(/^web-\d+$/),
        trackingCode: expect.stringMatching(/^pm-[a-z0-9]+-\d{13}$/),
        name,
        domain,
      });
    });

    test("step 2 sends a single event", async () => {
      const site = await createSite(server());
      const [command] = guideCommands("Step 2: Send a Single Event");
      const { trackingCode: _, ...sent } = sentBy(command ?? "");
      const event = await run(prepare(command, site), 201);
      expect(event.websiteId).toBe(site.id);
      expect(event).toMatchObject(like({ ...guideJson(CREATE, "Success Response (201 Created):"), ...sent }));
    });

    test("step 3 sends a batch", async () => {
      const site = await createSite(server());
      const [command] = guideCommands("Step 3: Send Batch Events");
      const { events } = sentBy(command ?? "");
      expect(events).toHaveLength(3);
      expect(await run(prepare(command, site), 201)).toEqual({
        success: true,
        eventsCreated: 3,
        events: events.map(({ eventType, url }: Record<string, unknown>) =>
          like({ id: "", websiteId: "", eventType, url, createdAt: "" }),
        ),
        message: "Successfully created 3 events",
      });
    });

    test("step 4 reads them: as it stands on a publicly readable website", async () => {
      const site = await createSite(server(), { publicRead: true });
      const event = await sendAll(site);
      const commands = guideCommands("Step 4: Retrieve Events");
      expect(commands).toHaveLength(4);
      const [all, pageViews, paged, single] = commands.map((command) => prepare(command, site, event.id));
      expect(await run(all ?? "", 200)).toMatchObject({
        events: Array(4).fill({ websiteId: site.id }),
        pagination: { total: 4, limit: 100, offset: 0 },
      });
      expect(await run(pageViews ?? "", 200)).toMatchObject({
        events: Array(3).fill({ eventType: "pageview" }),
        pagination: { total: 3, limit: 100, offset: 0 },
      });
      expect(await run(paged ?? "", 200)).toMatchObject({ pagination: { total: 4, limit: 50, offset: 0 } });
      expect(await run(single ?? "", 200)).toEqual(event);
    });

    test("step 4 reads them: with a key on any other website, and 401 without", async () => {
      const site = await createSite(server());
      const event = await sendAll(site);
      for (const command of guideCommands("Step 4: Retrieve Events")) {
        const prepared = prepare(command, site, event.id);
        expect(await run(prepared, 401)).toMatchObject({ error: "UNAUTHORIZED" });
        await run(prepared, 200, [`Authorization: Bearer ${server().adminKey}`]);
      }
    });
  });
});

describe("the guide's examples", () => {
  onEveryTarget((server: () => TestServer) => {
    const request = guideJson(CREATE, "Request Body:");

    test("a single event", async () => {
      const site = await createSite(server());
      const answer = await expectStatus(await post(server(), withCode(request, site)), 201);
      expect(answer).toMatchObject(like(guideJson(CREATE, "Success Response (201 Created):")));
    });

    test("a single event with a malformed tracking code", async () => {
      const answer = await expectStatus(await post(server(), { ...request, trackingCode: "invalid" }), 400);
      expect(answer).toMatchObject(guideJson(CREATE, "Error Response (400 - Invalid Data):"));
    });

    test("a single event of a website that does not exist", async () => {
      const answer = await expectStatus(await post(server(), request), 404);
      expect(answer).toEqual(guideJson(CREATE, "Error Response (404 - Website Not Found):"));
    });

    test("a batch", async () => {
      const site = await createSite(server());
      const { events } = withCode(guideJson(BATCH, "Request Body:"), site);
      const answer = await expectStatus(await postBatch(server(), events), 201);
      expect(answer).toEqual(like(guideJson(BATCH, "Success Response (201 Created):")));
    });

    test("a batch that is stored in part", async () => {
      const site = await createSite(server());
      const [good, bad] = withCode(guideJson(BATCH, "Request Body:"), site).events as Record<string, unknown>[];
      const response = await postBatch(server(), [good, { ...bad, trackingCode: "invalid" }]);
      expect(await expectStatus(response, 207)).toEqual(
        like(guideJson(BATCH, "Partial Success Response (207 Multi-Status):")),
      );
    });

    test("the list", async () => {
      const site = await createSite(server());
      await createEvent(server(), withCode(request, site));
      const answer = await expectStatus(
        await list(server(), site, { eventType: "pageview", limit: 100, offset: 0 }),
        200,
      );
      expect(answer).toMatchObject(like(guideJson(LIST, "Success Response (200 OK):")));
    });

    test("one event", async () => {
      const site = await createSite(server());
      const { id } = await createEvent(server(), withCode(request, site));
      const answer = await expectStatus(await server().request(`/api/v1/events/${id}`), 200);
      expect(answer).toMatchObject(like(guideJson(GET, "Success Response (200 OK):")));
    });
  });
});
