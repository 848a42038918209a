// The grid of a result of 100,000 rows against the numbers of its statement: scrolling, sorting, keyboard, copying, its roles for
// readers of the screen, small windows, paper, and pages without a script.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { base, close, launch, open, overflow, picture, settled } from "./browser.mjs";

const skip = base ? false : "PHDP_TEST_URL is not set";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// row i has i in "n" (a number that is no bigint), 9207199254740993 - i in "big", a text, and a null in every seventh row of "gap"
const long = `select i::integer as n, 9207199254740993 - i as big, 'row ' || i || case when i = 3 then chr(9) || '"x"' else '' end as words, case when i % 7 <> 0 then i::integer end as gap,
  '=' || i as formula, (i * 7919) % 100003 as mixed, i / 8 as share, date '2020-01-01' + (i % 1000)::integer as day, i % 2 = 0 as even, '很长的文字' || lower('${"ABCDEFGHIJ".repeat(12)}') as wide from range(100000) t(i) order by i`;
let context;
before(async () => {
  if (!skip) context = await launch();
});
after(() => close(context));

/** Runs a statement on the page, waits for its grid, does the steps, and fails on any console error. */
async function grid(statement, steps, options) {
  const { page, problems } = await open(context, "/sql", options);
  try {
    await page.waitForSelector(".cm-content");
    await page.click(".cm-content");
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(statement);
    await page.keyboard.press("Control+Enter");
    await page.waitForSelector("#result .virtual tbody tr", { timeout: 60_000 });
    await steps(page);
    assert.deepEqual(problems, []);
  } finally {
    await close(page);
  }
}

/** The texts of the cells of a row in sight, by its place from 1. */
const rowAt = (page, place) => page.$eval(`.virtual tr[aria-rowindex="${place + 1}"]`, (row) => [...row.cells].map((cell) => cell.textContent));
const active = (page) => page.$eval(".virtual", (table) => {
  const cell = document.getElementById(table.getAttribute("aria-activedescendant"));
  return [Number(cell.parentElement.getAttribute("aria-rowindex")) - 1, cell.cellIndex];
});
const status = (page) => page.textContent(".grid-foot [role=status]");
/** What Ctrl+C puts on the clipboard, taken from the event itself. */
const copied = async (page) => {
  await page.evaluate(() => document.addEventListener("copy", (event) => (window.taken = event.clipboardData.getData("text/plain")), { once: true }));
  await page.keyboard.press("Control+c");
  return page.evaluate(() => window.taken);
};
const click = (page, place, column) => page.click(`.virtual tr[aria-rowindex="${place + 1}"] td:nth-child(${column + 1})`);

test("100,000 rows are scrolled to the last, and only those in sight have elements", { skip }, () =>
  grid(long, async (page) => {
    assert.equal(await page.getAttribute(".virtual", "aria-rowcount"), "100001");
    assert.ok(await page.locator("#result tr").count() < 80);
    assert.deepEqual((await rowAt(page, 1)).slice(0, 6), ["1", "0", "9207199254740993", "row 0", "null", "=0"]);
    for (const at of [500_000, 500_300, 499_900, 1_400_000, 1e9]) {
      await page.$eval(".gridbox", (box, top) => (box.scrollTop = top), at);
      await page.waitForTimeout(60);
      const wrong = await page.$$eval(".virtual tbody tr", (rows) => rows.filter((row, i, all) => {
        const n = Number(row.getAttribute("aria-rowindex")) - 2;
        const before = i ? Number(all[i - 1].getAttribute("aria-rowindex")) + 1 : n + 2;
        return before !== n + 2 || row.cells[1].textContent !== String(n) || row.cells[4].textContent !== (n % 7 ? String(n) : "null");
      }).length);
      assert.equal(wrong, 0, `rows are wrong at ${at}`);
      const places = await page.$eval(".gridbox", (box) => {
        const { top, bottom } = box.getBoundingClientRect();
        const rows = [...box.querySelectorAll("tbody tr")].map((row) => row.getBoundingClientRect());
        if (rows.some((row) => Math.abs(row.height - 28) > 0.5)) return "rows are not of one height";
        return [Math.min(...rows.map((r) => r.top)) <= top + 60, Math.max(...rows.map((r) => r.bottom)) >= bottom - 20];
      });
      assert.deepEqual(places, [true, true], `a part is empty at ${at}`);
    }
    assert.deepEqual((await rowAt(page, 100_000)).slice(0, 4), ["100000", "99999", "9207199254640994", "row 99999"]);
    assert.ok(await page.locator('.virtual tr[aria-rowindex="100001"]').isVisible());
    await picture(page, "sql-grid-end-1440-zh-CN-light");
  }));

test("columns are sorted up, down and not", { skip }, () =>
  grid(long, async (page) => {
    const name = (n) => page.click(`.virtual thead th:nth-child(${n + 1})`);
    await name(2);
    assert.equal((await rowAt(page, 1))[2], "9207199254640994");
    assert.equal((await rowAt(page, 2))[2], "9207199254640995"); // beyond what a number of the script can tell apart
    assert.equal(await page.getAttribute(".virtual th[aria-sort]", "aria-sort"), "ascending");
    await name(2);
    assert.deepEqual((await rowAt(page, 1)).slice(0, 3), ["1", "0", "9207199254740993"]);
    await name(6);
    const mixed = Array.from({ length: 100_000 }, (_, i) => [(i * 7919) % 100_003, i]).sort((a, b) => a[0] - b[0]);
    for (const place of [1, 2, 10]) assert.deepEqual([(await rowAt(page, place))[6], (await rowAt(page, place))[1]], mixed[place - 1].map(String));
    await name(4);
    assert.deepEqual((await rowAt(page, 1)).slice(1, 5), ["1", "9207199254740992", "row 1", "1"]);
    await name(4);
    assert.equal((await rowAt(page, 1))[4], "99999"); // nulls are last in both directions
    await name(4);
    assert.equal(await page.locator(".virtual th[aria-sort]").count(), 0);
    assert.equal((await rowAt(page, 1))[1], "0");
    await name(3);
    assert.deepEqual([(await rowAt(page, 2))[3], (await rowAt(page, 3))[3]], ["row 1", "row 10"]); // texts by their characters
  }));

test("the keyboard reaches every cell", { skip }, () =>
  grid(long, async (page) => {
    await page.focus(".virtual");
    const keys = async (...all) => {
      for (const key of all) await page.keyboard.press(key);
      return active(page);
    };
    assert.deepEqual(await keys("ArrowDown", "ArrowRight", "ArrowRight"), [2, 3]);
    assert.deepEqual(await keys("End"), [2, 10]);
    assert.ok(await page.locator(".cell-text").isVisible(), "the whole text of a long cell is not shown");
    assert.match(await page.textContent(".cell-text"), /^很长的文字(abcdefghij){12}$/);
    assert.deepEqual(await keys("Home"), [2, 1]);
    const [down] = await keys("PageDown");
    assert.ok(down > 12 && down < 25, `Page Down leads to row ${down}`);
    assert.deepEqual(await keys("PageUp"), [2, 1]);
    assert.deepEqual(await keys("Control+End"), [100_000, 10]);
    assert.ok(await page.locator("#grid-active").isVisible());
    assert.deepEqual(await keys("ArrowDown", "ArrowRight"), [100_000, 10]);
    assert.deepEqual(await keys("Control+Home"), [1, 1]);
    assert.deepEqual(await keys("ArrowUp"), [0, 1]);
    await keys("Enter", "Enter");
    assert.equal((await rowAt(page, 1))[1], "99999", "Enter on a name sorts");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.hasAttribute("data-copy")), true, "Tab leaves the grid");
  }));

test("cells are copied as TSV", { skip }, () =>
  grid(long, async (page) => {
    await click(page, 3, 2);
    assert.equal(await copied(page), "9207199254740991");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    assert.equal(await copied(page), '9207199254740991\trow 2\t2\n9207199254740990\t"row 3\t""x"""\t3');
    assert.match(await status(page), /6/);
    assert.equal(await page.locator(".virtual [aria-selected=true]").count(), 6);
    await click(page, 1, 4);
    await page.click(`.virtual tr[aria-rowindex="3"] td:nth-child(6)`, { modifiers: ["Shift"] });
    assert.equal(await copied(page), "\t'=0\n1\t'=1"); // no formulas, and nothing for null
    await page.keyboard.press("Control+a");
    const lines = (await copied(page)).split("\n");
    assert.equal(lines.length, 100_001);
    assert.match(lines[0], /^n\tbig\twords\tgap\tformula\tmixed\tshare\tday\teven\twide$/);
    assert.match(lines[100_000], /^99999\t9207199254640994\trow 99999\t99999\t'=99999\t/);
    await page.mouse.move(0, 0);
    await click(page, 2, 1);
    await page.evaluate(() => document.addEventListener("copy", (event) => (window.taken = event.clipboardData.getData("text/plain")), { once: true }));
    await page.click("[data-copy]");
    assert.equal(await page.evaluate(() => window.taken), "1");
  }));

for (const [theme, lang, width] of [["light", "zh-CN", 1440], ["dark", "en", 1440], ["light", "en", 390], ["dark", "zh-CN", 390]]) {
  test(`the grid at ${width} ${theme} fits and is read aloud`, { skip }, () =>
    grid(long, async (page) => {
      await page.focus(".virtual");
      for (const key of ["ArrowDown", "ArrowRight", "Shift+ArrowDown", "Shift+ArrowRight"]) await page.keyboard.press(key);
      assert.ok((await overflow(page)) <= 0, "the page is wider than the window");
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run({ runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } }));
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(" | ")}`), []);
      await page.waitForTimeout(300);
      await page.locator("#result").scrollIntoViewIfNeeded();
      await picture(page, `sql-grid-${width}-${lang}-${theme}`);
    }, { theme, lang, width }));
}

test("paper has the first rows as a table", { skip }, () =>
  grid(long, async (page) => {
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    assert.equal(await page.locator("#result .plain tbody tr").count(), 200);
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
    assert.equal(await page.locator("#result .plain").count(), 0);
  }));

test("rows that cannot be fetched leave the table and are told", { skip }, async () => {
  const page = await context.newPage();
  try {
    await page.route("**/rows", (route) => route.fulfill({ status: 404 }));
    await page.goto(`${base}/sql?example=tags`);
    await page.waitForSelector(".cm-content");
    await page.click("button.run");
    await page.waitForSelector("[data-broken]");
    await settled(page);
    assert.ok(await page.locator("#result .plain tbody tr").count() > 5);
    assert.ok((await status(page)).length > 8);
  } finally {
    await close(page);
  }
});

test("without the script there is a table of the first rows and the files", { skip }, async () => {
  const place = (await fetch(`${base}/sql/runs`, { method: "POST", redirect: "manual", body: new URLSearchParams({ sql: long }) })).headers.get("location");
  let html = "";
  for (let n = 0; n < 60 && !html.includes("data-rows"); n++) html = await (await fetch(base + place)).text();
  assert.equal(html.match(/<td class="num rowno">/g).length, 200);
  assert.match(html, /result\.csv/);
  assert.match(html, /前 200 行|first 200 rows/);
});
