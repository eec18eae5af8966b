/** What may stand in a string as it is, and how JSON writes it. */
const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * JSON whose strings may go over several lines, as strict JSON: the document shows queries so, and its clients send
 * them so. Everything else stays as it is, right or wrong.
 */
export function escapeLineBreaks(json: string): string {
  const parts: string[] = [];
  let isInString = false;
  let copied = 0;
  for (let at = 0; at < json.length; at++) {
    const letter = json[at] as string;
    if (letter === '"') isInString = !isInString;
    if (!isInString) continue;
    // What it escapes is no end of the string.
    if (letter === "\\") at += 1;
    const escaped = ESCAPES[letter];
    if (escaped === undefined) continue;
    parts.push(json.slice(copied, at), escaped);
    copied = at + 1;
  }
  parts.push(json.slice(copied));
  return parts.join("");
}
