import type { Figure } from "./growth.ts";
import type { Results } from "./results.ts";
import { isMet, targetsOf } from "./targets.ts";

/** A run as Markdown: the targets, the workloads beside the floors, and what grows with the table. */
export function reportOf(results: Results): string {
  const { machine, rounds, seconds, commit, at } = results;
  const intro = `${at.slice(0, 10)}, commit ${commit}: ${machine.cores} cores (${machine.cpu}) that client and server share, Bun ${machine.bun}, ${machine.load}; ${rounds} rounds of ${seconds} s, their median.`;
  return [intro, targetTable(results), workloadTable(results), growthTable(results)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** As many digits as mean something. */
function show(value: number | null): string {
  if (value === null || Number.isNaN(value)) return "–";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : 2);
}

const VERDICTS = new Map([
  [true, "yes"],
  [false, "**no**"],
  [null, "not measured"],
]);

function targetTable(results: Results): string {
  const rows = targetsOf(results).map((target) => {
    const measured = target.measured(results);
    const bound = "atLeast" in target.bound ? `≥ ${limit(target.bound.atLeast)}` : `≤ ${limit(target.bound.atMost)}`;
    const shown = measured === null ? "–" : `${show(measured)}${target.unit}`;
    return [target.what, `${bound}${target.unit}`, shown, VERDICTS.get(isMet(target, measured)) ?? ""];
  });
  return table(["target", "bound", "measured", "met"], rows);
}

const limit = (value: number): string => value.toLocaleString("en");

function workloadTable({ rows }: Results): string {
  const floors = new Map(
    rows.filter(({ server }) => server.includes("Elysia")).map((row) => [row.workload, row.perSecond]),
  );
  const cells = rows.map((row) => [
    row.workload,
    row.server,
    `${show(row.perSecond)} ${row.unit}`,
    (row.perSecond / (floors.get(row.workload) ?? Number.NaN)).toFixed(2),
    show(row.p50),
    show(row.p99),
    show(row.cpuMicros),
    show(row.peakMiB),
    String(row.failures),
  ]);
  const head = [
    "workload",
    "server",
    "rate",
    "of the Elysia floor",
    "p50 ms",
    "p99 ms",
    "CPU µs",
    "RSS MiB",
    "failures",
  ];
  return table(head, cells);
}

function growthTable({ growth }: Results): string {
  const [first] = growth;
  if (!first) return "";
  const showFigure = (figure: Figure | undefined) =>
    figure && figure.value !== null ? `${show(figure.value)} ${figure.unit}` : "–";
  const rows = Object.keys(first.figures).map((name) => [
    name,
    ...growth.map(({ figures }) => showFigure(figures[name])),
  ]);
  return table(["events in the database", ...growth.map(({ events }) => events.toLocaleString("en"))], rows);
}

const BEGIN = "<!-- bench:begin -->";
const END = "<!-- bench:end -->";

/** Puts a report between the marks of a document. */
export async function writeIntoDocument(path: string, report: string): Promise<void> {
  const text = await Bun.file(path).text();
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`${path} lacks ${BEGIN} and ${END}`);
  await Bun.write(path, `${text.slice(0, start + BEGIN.length)}\n\n${report}\n\n${text.slice(end)}`);
}
