import { NO_HINTS } from "./enrichment.ts";
import { emptyEvent } from "./event.ts";
import { parseAccessLogLine } from "./import-access-log.ts";
import type { LineDecoder } from "./import-events.ts";
import type { Site } from "./site.ts";
import { truncateText } from "./text.ts";

/** Why a line of an access log is no page view; the rules are in `docs/import.md`. */
export type LogSkipReason = "no_request" | "method" | "no_answer" | "redirect" | "error" | "static_file" | "feed";

/** Longer URLs, paths and referrers are cut. */
const MAX_URL_LENGTH = 2_048;

/** What pages are made of, what they offer for download, and what only programs read. */
const STATIC_EXTENSIONS = new Set(
  [
    "css less scss js mjs cjs map wasm ts tsx jsx",
    "png jpg jpeg jpe gif svg svgz ico cur webp avif jxl bmp tif tiff heic heif apng psd",
    "woff woff2 ttf otf eot",
    "mp4 m4v webm ogv mov avi mkv wmv flv mpg mpeg m3u8 mpd mp3 m4a ogg oga opus wav flac aac mid vtt srt swf",
    "pdf doc docx xls xlsx ppt pptx odt ods odp rtf epub mobi csv tsv",
    "zip gz tgz bz2 xz zst 7z rar tar jar war deb rpm apk dmg pkg exe msi iso img bin torrent sig asc",
    "txt json jsonl ndjson geojson webmanifest manifest appcache xml xsl xsd dtd yml yaml ics vcf",
  ]
    .join(" ")
    .split(" "),
);

const FEED_EXTENSIONS = new Set(["rss", "atom", "rdf"]);

/** The last part of a path under which blogs serve their feed. */
const FEED_NAMES = new Set(["feed", "rss", "atom"]);

/**
 * Lines of an access log → page views of `site`.
 *
 * @param keepAll also keeps what is no view of a page: files, redirects, errors, every method.
 */
export function createPageViewDecoder(options: {
  readonly site: Pick<Site, "id" | "domain">;
  readonly keepAll: boolean;
}): LineDecoder {
  const { site, keepAll } = options;
  const origin = site.domain === null ? null : `https://${site.domain}`;
  return (line) => {
    const parsed = parseAccessLogLine(line);
    if (!parsed.ok) return { outcome: "rejected", reason: parsed.reason };
    const { address, time, request, status, referrer, userAgent } = parsed.entry;
    const target = request && originForm(request.target);
    if (request === null || target === null) return { outcome: "skipped", reason: "no_request" };
    const path = target.replace(/[?#].*$/s, "");
    const reason = keepAll ? null : skipReason(request.method, status, path);
    if (reason !== null) return { outcome: "skipped", reason };
    return {
      outcome: "event",
      event: {
        ...emptyEvent({ type: "pageview", occurredAt: time }),
        siteId: site.id,
        url: origin === null ? null : truncateText(origin + target, MAX_URL_LENGTH),
        path: truncateText(path, MAX_URL_LENGTH),
        referrer: referrer === null ? null : truncateText(referrer, MAX_URL_LENGTH),
      },
      hints: { ...NO_HINTS, address, userAgent, atMs: time },
    };
  };
}

/** The part of a request's target from its path on: clients of proxies send whole URLs. Null: it has no path. */
function originForm(target: string): string | null {
  if (target.startsWith("/")) return target;
  const authority = /^https?:\/\/[^/?#]*/i.exec(target)?.[0];
  if (authority === undefined) return null;
  const rest = target.slice(authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Null for the view of a page: a GET that was answered with a page, or with 304, "you have it already". */
function skipReason(method: string, status: number | null, path: string): LogSkipReason | null {
  if (method !== "GET") return "method";
  if (status === null || status < 200) return "no_answer";
  if (status >= 400) return "error";
  if (status >= 300 && status !== 304) return "redirect";
  const parts = path.toLowerCase().split("/");
  const file = parts.at(-1) ?? "";
  const dot = file.lastIndexOf(".");
  const extension = dot === -1 ? "" : file.slice(dot + 1);
  if (FEED_EXTENSIONS.has(extension) || FEED_NAMES.has(file === "" ? (parts.at(-2) ?? "") : file)) return "feed";
  return STATIC_EXTENSIONS.has(extension) ? "static_file" : null;
}
