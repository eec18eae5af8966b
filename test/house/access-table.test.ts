import { expect, test } from "bun:test";
import { accessTable, GUIDE, shownTable } from "../../scripts/access-table.ts";

test("the guide shows the route table as it is (bun scripts/access-table.ts writes it)", async () => {
  expect(shownTable(await Bun.file(GUIDE).text())).toBe(accessTable());
});
