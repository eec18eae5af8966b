/** What the first words of a server depend on. */
export interface BannerFacts {
  readonly version: string;
  /** Where the server can be reached from this machine. */
  readonly url: URL;
  /** What the server listens on, as it was configured. */
  readonly listens: string;
  /** For people: a path, or a URL without credentials. */
  readonly database: string;
  /** Whether this start made the database. */
  readonly isFirstStart: boolean;
  /** The secret that this start made, to be shown this once; null when there is none to show. */
  readonly adminKey: string | null;
}

/** What `serve` prints when it listens: at the first start also the admin key and three lines to try. */
export function formatBanner(facts: BannerFacts): string {
  const lines = [
    `Footfall ${facts.version} is listening on ${facts.listens}`,
    `Database: ${facts.database}`,
    `Documentation: ${new URL("/docs", facts.url).href}`,
  ];
  if (facts.adminKey !== null) {
    lines.push("", `Admin key, shown only this once: ${facts.adminKey}`);
  }
  if (facts.isFirstStart) {
    const condition = facts.adminKey === null ? " that has FOOTFALL_ADMIN_KEY" : "";
    lines.push(
      "",
      `To try it, paste these lines into another shell${condition}: make a site, send it an event, list its events.`,
      "",
      ...linesToTry(facts.url, facts.adminKey),
    );
  }
  return lines.join("\n");
}

/**
 * Three lines for a POSIX shell with curl and sed. Each shows something; the second and the third
 * need the variable that the first one sets.
 *
 * @param adminKey null: the key is in the variable FOOTFALL_ADMIN_KEY.
 */
function linesToTry(url: URL, adminKey: string | null): readonly string[] {
  const to = (path: string) => new URL(path, url).href;
  const key = `-H "Authorization: Bearer ${adminKey ?? "$FOOTFALL_ADMIN_KEY"}"`;
  const json = "-H 'Content-Type: application/json'";
  const site = `'{"name":"My site","domain":"example.com"}'`;
  const code = `sed -n 's/.*"trackingCode":"\\([^"]*\\)".*/\\1/p'`;
  const event = `'{"trackingCode":"'"$TRACKING_CODE"'","eventType":"pageview","url":"https://example.com/","sessionId":"s1","visitorId":"v1"}'`;
  return [
    `TRACKING_CODE=$(curl -s -X POST '${to("/api/v1/websites")}' ${key} ${json} -d ${site} | ${code}) && echo "$TRACKING_CODE"`,
    `curl -s -w '\\n' -X POST '${to("/api/v1/events")}' ${json} -d ${event}`,
    `curl -s -w '\\n' "${to("/api/v1/events")}?trackingCode=$TRACKING_CODE" ${key}`,
  ];
}
