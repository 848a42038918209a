// Pages of a saved segment, beside another, and how much segments overlap: what is shown agrees between the pages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, close, launch, open, settled } from "./browser.mjs";

const skip = base ? false : "PHDP_TEST_URL is not set";
const segments = { "测试女性": "?g=all:sex_female", "测试高血压": "?line=htn" };
let context;
before(async () => {
  if (skip) return;
  context = await launch();
  for (const [name, query] of Object.entries(segments)) {
    await context.request.post(`${base}/segments/saved`, { form: { name, query }, headers: { Origin: base } });
  }
});
after(() => close(context));

const number = async (page, selector) => Number((await page.textContent(selector)).replaceAll(",", ""));

test("a page is limited to a segment and set beside another", { skip }, async () => {
  const { page } = await open(context, "/adherence?line=htn");
  try {
    const share = (await page.textContent("#adherent b")).trim();
    await page.goto(`${base}/adherence`);
    const everybody = await number(page, "#counted b");
    for (const [select, value] of [["#f-segment", "测试女性"], ["#f-cmp", "segment:测试高血压"]]) {
      await page.evaluate(() => (document.getElementById("page").dataset.old = ""));
      await page.selectOption(select, value);
      await page.waitForFunction(() => document.getElementById("page")?.dataset.old === undefined);
      await settled(page);
    }
    const counted = await number(page, "#counted b");
    assert.ok(counted > 0 && counted < everybody, `${counted} of ${everybody}`);
    assert.ok((await page.textContent("#adherent .other > b")).startsWith(share), "the other segment has another share than its page");
  } finally {
    await close(page);
  }
});

for (const width of [1440, 390]) {
  test(`${width} px: segments are picked, drawn and lead to their people`, { skip }, async () => {
    const { page } = await open(context, "/segments", { width });
    try {
      for (const name of Object.keys(segments)) await page.check(`form.overlap input[value="${name}"]`);
      await page.click("form.overlap button");
      await page.waitForSelector("#overlap [data-drawn] canvas");
      const rows = await page.$$eval("#overlap table tbody tr", (all) => all.map((row) => Number(row.children[2].textContent.replaceAll(",", ""))));
      const sizes = [await number(page, "#set-1 b"), await number(page, "#set-2 b")];
      assert.deepEqual(rows, [...rows].sort((a, b) => b - a), "the combinations are not sorted");
      const both = await page.$eval("#overlap table", (table) => Number([...table.querySelectorAll("tbody tr")].find((row) => row.children[1].textContent === "2").children[2].textContent));
      assert.equal(rows.reduce((a, b) => a + b, 0), sizes[0] + sizes[1] - both, "the union is not the sum less what is common");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "the page is wider than the window");
      await page.click("#overlap details.numbers summary");
      await page.click("#overlap table tbody tr a");
      await page.waitForSelector("#list");
      assert.match(await page.textContent("#list .pager, #list"), new RegExp(String(rows[0])));
    } finally {
      await close(page);
    }
  });
}
