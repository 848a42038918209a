// Looks at pages that are made of figures and a list, in both themes at four widths: no console message, no sideways
// scrolling, nothing that moves while the page loads, every chart drawn, nothing that axe finds, and a picture of each for people to look at.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { base, close, launch, open, overflow, picture } from "./browser.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Makes a test of each page, whose address stands under its name. */
export function lookAt(pages) {
  const skip = base ? false : "PHDP_TEST_URL is not set";
  let context;
  before(async () => {
    if (!skip) context = await launch();
  });
  after(() => close(context));
  for (const [name, path] of Object.entries(pages)) {
    for (const [lang, theme, width] of [["zh-CN", "light", 1440], ["en", "dark", 2560], ["en", "light", 768], ["zh-CN", "dark", 390]]) {
      test(`${name} ${lang} ${theme} ${width}`, { skip }, async () => {
        const { page, problems, status } = await open(context, path, { lang, theme, width });
        try {
          const shift = await moved(page); // before the picture, for which the window grows
          await picture(page, `${name}-${width}-${lang}-${theme}`);
          assert.equal(status, 200);
          assert.ok((await overflow(page)) <= 0, `the page is ${await overflow(page)} px too wide`);
          assert.ok(shift < 0.02, `the page moves by ${shift} while it loads`);
          assert.equal(await page.locator("h1").count(), 1);
          assert.ok(await page.locator("nav.sub a[aria-current=page]").count(), "the page is not in the navigation");
          assert.equal(await page.locator("[data-chart] canvas").count(), await page.locator("[data-chart]").count(), "a chart is not drawn");
          if (lang === "zh-CN") assert.deepEqual(await findings(page), []); // each theme once, each width once
          assert.deepEqual(problems, []);
        } finally {
          await close(page);
        }
      });
    }
  }
}

/** How much of the page moved while it loaded, as the layout shift score. */
const moved = (page) =>
  page.evaluate(() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.hadRecentInput ? 0 : entry.value))).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 50);
  }));

/** What axe finds on a page, one line per rule. */
async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run({ runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } }));
  return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target.join(" ")).join(" | ")}`);
}
