import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { listFiles, ROOT } from "./repository.ts";

/** Targets of links and images, without those to other sites and within the page. */
function localTargets(markdown: string): readonly string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => !/^(?:[a-z]+:|#)/.test(target)).map((target) => target.replace(/#.*$/, ""));
}

test("links are found in prose, not in code, and those to other sites are left out", () => {
  expect(
    localTargets("[a](b.md#c) `[d](e.md)` [f](https://g.example) [h](#i)\n```\n[j](k)\n```\n![l](m/n.png)"),
  ).toEqual(["b.md", "m/n.png"]);
});

test("every link of the documentation leads to a file of the repository", async () => {
  const broken: string[] = [];
  for (const path of listFiles().filter((file) => file.endsWith(".md"))) {
    for (const target of localTargets(await Bun.file(join(ROOT, path)).text())) {
      const linked = normalize(join(dirname(path), target));
      if (linked.startsWith("..") || !existsSync(join(ROOT, linked))) broken.push(`${path}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

test("every guide and every decision is listed in the index of the documentation", async () => {
  const index = await Bun.file(join(ROOT, "docs/README.md")).text();
  const pages = listFiles().filter((path) => /^docs\/.*\.md$/.test(path) && path !== "docs/README.md");
  expect(pages.length).toBeGreaterThan(0);
  for (const path of pages) expect(index).toContain(`(${path.replace("docs/", "")})`);
});
