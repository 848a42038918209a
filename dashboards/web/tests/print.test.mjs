// A page on paper: Chromium's PDF of it is A4, and holds the title, the filters, the day, the definitions and the tables,
// no navigation, no buttons and no people.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { base, close, launch, open } from "./browser.mjs";

const skip = base ? false : "PHDP_TEST_URL is not set";
let context;
before(async () => {
  if (!skip) context = await launch();
});
after(() => close(context));

for (const [lang, theme] of [["zh-CN", "light"], ["en", "dark"]]) {
  test(`a page is printed in ${lang}`, { skip }, async () => {
    const { page, problems } = await open(context, "/firstfill?line=htn&status=abandoned", { lang, theme });
    try {
      assert.ok(await page.locator("[data-print]").isVisible());
      const chosen = await page.$eval("#f-line", (select) => select.selectedOptions[0].textContent);
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      if (process.env.PHDP_SCREENSHOTS) await writeFile(join(process.env.PHDP_SCREENSHOTS, `print-${lang}.pdf`), pdf);
      const text = pdf.toString("latin1");
      const [, width, height] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(text) ?? [];
      assert.ok(Math.abs(width - 595) < 2 && Math.abs(height - 842) < 2, `the sheet is ${width} by ${height} points`);
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme, "the theme comes back");
      await page.emulateMedia({ media: "print" });
      await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
      for (const selector of ["header.top", "#list", "button", ".foot", ".statement"]) {
        assert.equal(await page.locator(selector).evaluateAll((all) => all.filter((e) => e.checkVisibility()).length), 0, `${selector} is on the paper`);
      }
      assert.ok(await page.locator("#f-line").isVisible(), "the filters are missing");
      assert.ok(chosen.length > 0);
      assert.match(await page.textContent("main > p.printed"), /\/firstfill\?line=htn/);
      const terms = await page.locator("[data-definitions] dt").allTextContents();
      assert.ok(terms.length >= 3 && new Set(terms).size === terms.length, `definitions: ${terms}`);
      assert.ok(await page.locator("#groups tbody tr").first().isVisible());
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
      assert.equal(await page.$eval("#curve canvas", (canvas) => canvas.getBoundingClientRect().width), 660, "the chart is not as wide as the sheet");
      assert.deepEqual(problems, []);
    } finally {
      await close(page);
    }
  });
}
