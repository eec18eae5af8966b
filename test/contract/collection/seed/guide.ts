import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The part of the "Event Collection API Guide" of the Privacy-Focused Web Analytics Dashboard that
 * this dialect implements, word for word: its examples are what the tests send and expect.
 */
const GUIDE = readFileSync(join(import.meta.dir, "event-collection-api.txt"), "utf8");

/** What the guide calls its server, its secret and its website. */
export const GUIDE_HOST = "http://localhost:3000";
export const GUIDE_KEY = "YOUR_ACCESS_TOKEN";
export const GUIDE_CODE = "pm-abc123-1704067200000";
export const GUIDE_EVENT_ID = "clv1234567890";

const SECTIONS = [
  "1. Create Single Event",
  "2. Create Multiple Events (Batch)",
  "3. Get Events",
  "4. Get Specific Event",
  "Step 1: Get a Website Tracking Code",
  "Step 2: Send a Single Event",
  "Step 3: Send Batch Events",
  "Step 4: Retrieve Events",
] as const;
type Section = (typeof SECTIONS)[number];

function sectionText(section: Section): string {
  const start = GUIDE.indexOf(`${section}\n`);
  const next = SECTIONS[SECTIONS.indexOf(section) + 1];
  const end = next === undefined ? GUIDE.length : GUIDE.indexOf(`${next}\n`);
  if (start === -1 || end === -1) throw new Error(`The guide has no section "${section}"`);
  return GUIDE.slice(start, end);
}

/** The JSON below a heading. */
export function guideJson(section: Section, heading: string): Record<string, unknown> {
  const text = sectionText(section);
  const json = /^\{$.*?^\}$/ms.exec(text.slice(text.indexOf(heading)))?.[0];
  if (!text.includes(heading) || json === undefined) throw new Error(`"${section}" has no JSON below "${heading}"`);
  return JSON.parse(json);
}

/** The curl commands of a step, as they stand there. */
export function guideCommands(section: Section): readonly string[] {
  const commands: string[] = [];
  let command = "";
  for (const line of sectionText(section).split("\n")) {
    if (command === "" && !line.startsWith("curl ")) continue;
    command += command === "" ? line : `\n${line}`;
    const isOpen = line.endsWith("\\") || command.split("'").length % 2 === 0;
    if (isOpen) continue;
    commands.push(command);
    command = "";
  }
  return commands;
}
