// What people do on the pages: filter, build a segment, run SQL, switch theme and language; and that the numbers on
// a page are those of the table under a chart, of the manifest and of the CSV.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, close, launch, open, picture, settled } from "./browser.mjs";

const skip = base ? false : "PHDP_TEST_URL is not set";
let context;
before(async () => {
  if (!skip) context = await launch();
});
after(() => close(context));

/** Opens a page, runs the steps and fails on any console error. */
async function on(path, steps, options) {
  const { page, problems } = await open(context, path, options);
  try {
    await steps(page);
    assert.deepEqual(problems, []);
  } finally {
    await close(page);
  }
}

/** Does something that makes htmx replace the page, and waits for the new one. */
async function replaced(page, action) {
  await page.evaluate(() => (document.getElementById("page").dataset.old = ""));
  await action();
  await page.waitForFunction(() => document.getElementById("page")?.dataset.old === undefined);
  await settled(page);
}

const whole = (text) => Number(text.replaceAll(",", ""));

test("charts show what their tables say", { skip }, () =>
  on("/adherence", async (page) => {
    const figures = await page.$$eval("figure", (all) =>
      all.map((figure) => ({
        id: figure.id,
        chart: JSON.parse(figure.querySelector("script")?.textContent ?? "null"),
        rows: [...figure.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent)),
      })));
    const by = Object.fromEntries(figures.map((figure) => [figure.id, figure]));
    by.trend.chart.categories.forEach((month, i) => {
      assert.equal(by.trend.rows[i][0], month);
      const [mean, share] = by.trend.chart.series.map((line) => line.values[i]);
      if (mean === null) return;
      assert.equal(by.trend.rows[i][1], mean.toFixed(3));
      assert.equal(by.trend.rows[i][2], `${(100 * share).toFixed(1)}%`);
    });
    const spread = by.histogram.chart.series[0].values.reduce((sum, x) => sum + x, 0);
    assert.equal(spread, whole(await page.textContent("#counted b")));
    by["by-class"].chart.categories.forEach((name, i) => assert.equal(by["by-class"].rows[i][0], name));
    for (const { id } of figures) assert.ok(await page.locator(`#${id} canvas`).count(), `${id} is not drawn`);
  }));

test("a filter changes the page and the address, and back returns", { skip }, () =>
  on("/adherence", async (page) => {
    const all = whole(await page.textContent("#counted b"));
    await replaced(page, () => page.selectOption("#f-line", "htn"));
    assert.equal(new URL(page.url()).search, "?line=htn");
    const part = whole(await page.textContent("#counted b"));
    assert.ok(part > 0 && part < all, `${part} of ${all}`);
    await replaced(page, () => page.selectOption("#f-period", "r365"));
    assert.equal(new URL(page.url()).search, "?line=htn&period=r365");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector("#f-period")?.value === "r180");
    assert.equal(whole(await page.textContent("#counted b")), part);
  }));

test("an unknown parameter is said", { skip }, () =>
  on("/journey?colour=red", async (page) => {
    assert.match(await page.textContent(".notice.warn"), /colour/);
  }));

test("the funnel leads to the people lost", { skip }, () =>
  on("/journey", async (page) => {
    const step = page.locator("table.funnel a.lost").last();
    const lost = whole((await step.textContent()).trim().split(/\s/)[0]);
    await step.click();
    await page.waitForSelector("#lost");
    assert.equal(await page.locator("#lost tbody tr").count(), Math.min(25, lost));
    await page.locator("#lost .tools a").first().click();
    await page.waitForSelector("#members");
    assert.equal(whole(await page.textContent("#members b")), lost);
  }));

test("a segment is built, counted and exported", { skip }, () =>
  on("/segments", async (page) => {
    const everybody = whole(await page.textContent("#members b"));
    const tag = page.locator("#families button").first();
    const name = await tag.getAttribute("value");
    const carriers = whole(await tag.locator("small").last().textContent());
    const start = Date.now();
    await replaced(page, () => tag.click());
    assert.ok(Date.now() - start < 2000, "the count takes too long");
    assert.equal(new URL(page.url()).search, `?g=all:${name}`);
    assert.equal(whole(await page.textContent("#members b")), carriers);
    await replaced(page, () => page.selectOption("#mode0", "none"));
    assert.equal(whole(await page.textContent("#members b")), everybody - carriers);
    const size = whole(await page.textContent("#exportable b"));
    const manifest = await (await fetch(`${base}/segments/manifest.json${new URL(page.url()).search}&purpose=follow_up`)).json();
    assert.equal(manifest.rows, size);
    assert.equal(manifest.purpose, "follow_up");
    assert.equal((await fetch(`${base}/segments/list.csv${new URL(page.url()).search}`)).status, 400, "a list needs a purpose");
    await page.selectOption("#purpose", "follow_up");
    for (const kind of ["csv", "xlsx", "parquet"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#${kind}`)]);
      assert.match(download.suggestedFilename(), new RegExp(`^phdp-segment-.*\\.${kind}$`));
    }
    const csv = Buffer.from(await (await fetch(`${base}/segments/list.csv${new URL(page.url()).search}&purpose=follow_up`)).arrayBuffer());
    assert.deepEqual([...csv.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    assert.equal(csv.toString("utf8").split("\r\n").length - 2, size);
    await replaced(page, () => page.locator(".group .chip").first().click());
    assert.equal(whole(await page.textContent("#members b")), everybody);
  }));

test("the tag catalogue can be searched", { skip }, () =>
  on("/segments", async (page) => {
    const all = await page.locator("#families button").count();
    await page.fill("#tagsearch", "adh_");
    const shown = await page.locator("#families button:visible").count();
    assert.ok(shown > 0 && shown < all, `${shown} of ${all}`);
    await page.fill("#tagsearch", "zzzz");
    assert.ok(await page.locator("#families [data-nothing]").isVisible());
    await page.keyboard.press("Enter");
    await settled(page);
    assert.equal(new URL(page.url()).search, "", "Enter in the search must not change the segment");
  }));

test("SQL runs from the editor, fails clearly and can be cancelled", { skip }, () =>
  on("/sql", async (page) => {
    await page.waitForSelector(".cm-content");
    const write = async (text) => {
      await page.click(".cm-content");
      await page.keyboard.press("Control+a");
      await page.keyboard.insertText(text);
      await page.keyboard.press("Control+Enter");
    };
    await write("select count(*) as people from dim_patients");
    await page.waitForSelector("#result table");
    const people = whole(await page.textContent("#result tbody td:nth-child(2)"));
    assert.ok(people > 0);
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/sql");
    await picture(page, "sql-result-1440-zh-CN-light");
    await write("select wrong from dim_patients");
    await page.waitForSelector("#result pre");
    assert.match(await page.textContent("#result pre"), /wrong/);
    await picture(page, "sql-error-1440-zh-CN-light");
    await write("drop table dim_patients");
    await page.waitForSelector("#result p.notice.bad");
    await write("select count(*) from range(100000000) a, range(100000) b where (a.range * b.range) % 7 = 3");
    await page.waitForSelector("#result .running button");
    await picture(page, "sql-running-1440-zh-CN-light");
    await page.click("#result .running button");
    await page.waitForSelector("#result p.notice.warn");
  }));

test("theme and language switch and stay", { skip }, () =>
  on("/adherence", async (page) => {
    await page.click("[data-theme-choice=dark]");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    await page.reload();
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    await page.click("#prefs a[lang=en]");
    await page.waitForFunction(() => document.documentElement.lang === "en");
    await page.goto(`${base}/home`);
    assert.equal(await page.getAttribute("html", "lang"), "en");
  }));

test("a definition opens inside the window and closes with Escape", { skip }, () =>
  on("/adherence", async (page) => {
    for (const summary of await page.locator("details.def summary").all()) {
      await summary.click();
      const box = await page.locator("details.def[open] .def-body").boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 390, `from ${box.x} to ${box.x + box.width}`);
      await page.keyboard.press("Escape");
      assert.equal(await page.locator("details.def[open]").count(), 0);
    }
  }, { width: 390 }));

test("the keyboard reaches the content first", { skip }, () =>
  on("/home", async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "page");
  }));

test("a question mark shows the keys, and g with a letter goes to a page", { skip }, () =>
  on("/home", async (page) => {
    await page.keyboard.press("?");
    await page.waitForSelector("#keys[open]");
    await picture(page, "keys-1440-zh-CN-light");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#keys[open]").count(), 0);
    await page.keyboard.press("g");
    await Promise.all([page.waitForURL("**/followups"), page.keyboard.press("f")]);
    await page.locator("[data-keys]").click();
    const listed = await page.$$eval("#keys [data-key]", (links) => links.map((link) => link.dataset.key));
    assert.equal(new Set(listed).size, listed.length, "two pages have one key");
    assert.ok(listed.length > 20);
  }));

test("a query with a parameter is saved, asked for its value and run", { skip }, () =>
  on("/sql", async (page) => {
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText("select count(*) as n from dim_patients where line_code = $line");
    await page.fill("form.save input[name=name]", "people of a line");
    await Promise.all([page.waitForURL("**/sql?saved=*"), page.click("form.save button")]);
    await page.fill(".params input[name='p.line']", "htn");
    await page.click(".params button");
    await page.waitForSelector("#result tbody td:nth-child(2)");
    assert.ok(Number(await page.textContent("#result tbody td:nth-child(2)")) > 0);
    assert.equal(await page.inputValue(".params input[name='p.line']"), "htn");
    await picture(page, "sql-parameter-1440-zh-CN-light");
  }));

test("a result of names and numbers is drawn", { skip }, () =>
  on("/sql?example=tags", async (page) => {
    await page.click("button.run");
    await page.waitForSelector("#quick canvas");
    await settled(page);
    assert.ok(await page.locator("#result tbody tr").count() > 5);
    await picture(page, "sql-chart-1440-zh-CN-light");
  }));
