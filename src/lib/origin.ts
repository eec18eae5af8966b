/** A scheme and a host, perhaps a port; no path, no user. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,\\]+$/i;

/** A longer one no browser sends: a host name has at most 253 letters. */
const MAX_LENGTH = 300;

/**
 * An origin as browsers send it: lower case, in punycode, without the scheme's own port.
 *
 * @returns null for what is none; `https://example.com/path` is none.
 */
export function normalizeOrigin(text: string): string | null {
  if (text.length > MAX_LENGTH || !ORIGIN.test(text) || !URL.canParse(text)) return null;
  // Only for the schemes of the web does URL know the origin; others (app schemes) keep their text.
  return /^https?:/i.test(text) ? new URL(text).origin : text.toLowerCase();
}
