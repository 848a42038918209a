// What the pages that are made of figures and a list have in common: the files hold what is shown, filters work, a list
// needs its purpose and stands on the page of exports, and a chart becomes a picture.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { base, close, launch, open, settled } from "./browser.mjs";

const skip = base ? false : "PHDP_TEST_URL is not set";
let context;
before(async () => {
  if (!skip) context = await launch();
});
after(() => close(context));

/** The cells of a CSV that quotes every cell. */
const cells = (text) => text.replace(/^\ufeff/, "").trim().split("\r\n").map((line) => line.slice(1, -1).split('","'));

for (const name of ["persistence", "stages", "tags", "tuning", "alerts", "followups", "repurchase", "experiments", "staff", "content", "community", "campaigns", "outcomes", "firstfill", "paths"]) {
  test(`${name}: the files of the figures hold what is shown`, { skip }, async () => {
    const { page } = await open(context, `/${name}`);
    try {
      const figures = await page.$$eval("figure", (all) =>
        all.map((figure) => ({
          file: figure.querySelector(".source > a")?.getAttribute("href"),
          rows: [...[...figure.querySelectorAll("table")].at(-1).querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent)),
          sql: figure.querySelector(".statement code")?.textContent ?? "",
        })));
      assert.ok(figures.length > 0);
      for (const { file, rows, sql } of figures) {
        const csv = cells(await (await context.request.get(base + file)).text());
        assert.deepEqual(csv.slice(1).map((row) => row.map((cell) => cell.replace(/^'/, ""))), rows, file);
        assert.match(sql, /^-- .*select/s);
      }
    } finally {
      await close(page);
    }
  });
}

test("a filter changes the figures, the address and the file", { skip }, async () => {
  const { page } = await open(context, "/persistence");
  try {
    const everybody = await page.textContent("#people b");
    await page.evaluate(() => (document.getElementById("page").dataset.old = ""));
    await page.selectOption("#f-line", "htn");
    await page.waitForFunction(() => document.getElementById("page")?.dataset.old === undefined);
    await settled(page);
    assert.notEqual(await page.textContent("#people b"), everybody);
    assert.equal(new URL(page.url()).search, "?line=htn");
    assert.match(await page.getAttribute("#curve .source > a", "href"), /line=htn&figure=curve$/);
  } finally {
    await close(page);
  }
});

test("a list is made with a purpose, and stands on the page of exports", { skip }, async () => {
  const { page } = await open(context, "/followups");
  try {
    await page.click("#csv");
    assert.ok(await page.$eval("#purpose", (select) => !select.validity.valid), "the form was sent without a purpose");
    assert.equal((await context.request.get(`${base}/followups/list.csv`)).status(), 400);
    await page.selectOption("#purpose", "follow_up");
    const waiting = page.waitForEvent("download");
    await page.click("#csv");
    const text = await readFile(await (await waiting).path(), "utf8");
    const people = cells(text).length - 1;
    assert.ok((await page.textContent("#csv")).includes(String(people)), `${people} rows`);
    await page.goto(`${base}/exports`);
    assert.ok((await page.textContent("tbody tr td.num")).trim().startsWith(String(people)));
    const again = page.waitForEvent("download");
    await page.click("tbody tr td a.btn");
    assert.equal(await readFile(await (await again).path(), "utf8"), text);
  } finally {
    await close(page);
  }
});

test("a chart becomes a picture", { skip }, async () => {
  const { page } = await open(context, "/outcomes");
  try {
    const waiting = page.waitForEvent("download");
    await page.click("#control [data-png]");
    const bytes = await readFile(await (await waiting).path());
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    assert.ok(bytes.length > 10000);
  } finally {
    await close(page);
  }
});
