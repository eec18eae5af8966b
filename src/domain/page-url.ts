/** The path of an http or https URL, as URLs write it (`/über` → `/%C3%BCber`); null where it is none. */
export function pathOfUrl(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed && (parsed.protocol === "https:" || parsed.protocol === "http:") ? parsed.pathname : null;
}
