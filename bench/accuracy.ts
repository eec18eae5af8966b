import { parseArgs } from "node:util";
import { measureAccuracy } from "./accuracy/measure.ts";

/**
 * `bun bench/accuracy.ts [--wrong]`: how often bots, browsers and systems are recognised, on data of
 * other projects. With `--wrong` also what is not, one line each.
 */
const { values: flags } = parseArgs({ options: { wrong: { type: "boolean", default: false } } });

console.log("| what | measured on | cases | right |\n| --- | --- | --- | --- |");
const measured = await measureAccuracy();
for (const { what, source, cases, right } of measured) {
  console.log(`| ${what} | ${source} | ${cases.toLocaleString("en")} | ${((100 * right) / cases).toFixed(1)} % |`);
}
if (flags.wrong) {
  for (const { what, wrong } of measured) for (const line of wrong) console.log(`${what}: ${line}`);
}
