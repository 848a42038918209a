// Prints for each page when a browser with an empty cache first shows something, on a network like fast 3G (150 ms there and
// back, 1.6 Mbit/s), and what it has loaded by then and later; then, without that network, how the grid of a large result shows and
// scrolls. PHDP_TEST_URL is the server.
import { base, close, launch } from "./tests/browser.mjs";

const pages = ["/home", "/adherence", "/persistence", "/journey", "/stages", "/segments", "/tags", "/followups", "/alerts", "/repurchase", "/outcomes", "/campaigns", "/staff", "/tuning", "/data", "/glossary", "/sql"];
const fast3G = { offline: false, latency: 150, downloadThroughput: (1.6e6 / 8) * 0.9, uploadThroughput: (750e3 / 8) * 0.9 };

console.log("| page | first contentful paint, ms | charts drawn, ms | script, KB compressed | all, KB |\n|---|---|---|---|---|");
const context = await launch();
for (const path of pages) {
  const page = await context.newPage();
  const browser = await context.newCDPSession(page);
  const kinds = new Map();
  let script = 0, all = 0;
  browser.on("Network.responseReceived", ({ requestId, type }) => kinds.set(requestId, type));
  browser.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    all += encodedDataLength;
    if (kinds.get(requestId) === "Script") script += encodedDataLength;
  });
  await browser.send("Network.enable");
  await browser.send("Network.setCacheDisabled", { cacheDisabled: true });
  await browser.send("Network.emulateNetworkConditions", fast3G);
  await page.goto(base + path, { waitUntil: "load" });
  await page.waitForFunction(() => [...document.querySelectorAll("[data-chart]")].every((e) => e.dataset.drawn !== undefined));
  const [paint, drawn] = await page.evaluate(() => [performance.getEntriesByName("first-contentful-paint")[0]?.startTime, performance.now()]);
  console.log(`| ${path} | ${Math.round(paint)} | ${Math.round(drawn)} | ${Math.round(script / 1024)} | ${Math.round(all / 1024)} |`);
  await page.close();
}

const columns = Array.from({ length: 9 }, (_, i) => ["i * 7919 % 100003", "'value ' || i", "i / 8", "date '2020-01-01' + (i % 1000)::integer"][i % 4] + ` as c${i}`);
const page = await context.newPage();
await page.goto(`${base}/sql`);
await page.waitForSelector(".cm-content");
await page.evaluate(() => {
  window.marks = {};
  const mark = (name) => requestAnimationFrame(() => setTimeout(() => (window.marks[name] ??= performance.now())));
  new MutationObserver(() => {
    if (document.querySelector("#result .plain tbody tr")) mark("rows");
    if (document.querySelector("#result .virtual tbody tr")) mark("grid");
  }).observe(document.body, { subtree: true, childList: true });
  document.body.addEventListener("htmx:beforeSwap", () => (window.marks.answer = performance.now()));
});
await page.click(".cm-content");
await page.keyboard.press("Control+a");
await page.keyboard.insertText(`select i, ${columns} from range(100000) t(i)`);
await page.keyboard.press("Control+Enter");
await page.waitForFunction(() => window.marks.grid);
const { answer, rows, grid } = await page.evaluate(() => window.marks);
/** The times between frames while the box is scrolled from top to bottom in so many frames. */
const frames = (count) => page.$eval(".gridbox", (box, count) => new Promise((done) => {
  const times = [];
  let last = performance.now();
  box.scrollTop = 0;
  const step = (now) => {
    times.push(now - last);
    last = now;
    if (times.length > count) return done(times.slice(1).sort((a, b) => a - b));
    box.scrollTop = (box.scrollHeight - box.clientHeight) * times.length / count;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}), count);
/** How long the page works on a click until the next frame. */
const sorting = () => page.$eval(".virtual th:nth-child(4)", (name) => new Promise((done) => {
  const start = performance.now();
  name.click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
}));
console.log("\n| 100,000 rows × 10 columns | ms |\n|---|---|");
console.log(`| answer until the first rows are painted | ${Math.round(rows - answer)} |\n| answer until the grid with all rows is painted | ${Math.round(grid - answer)} |`);
for (const count of [600, 4000]) {
  const times = await frames(count);
  const at = (share) => times[Math.floor((times.length - 1) * share)].toFixed(1);
  console.log(`| a frame while scrolling from top to bottom in ${count}: median, 99 of 100, longest | ${at(0.5)}, ${at(0.99)}, ${at(1)} |`);
}
console.log(`| sorting by a column of texts | ${Math.round(await sorting())} |`);
await close(context);
process.exit();
