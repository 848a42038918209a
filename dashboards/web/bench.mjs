// Prints for each page when a browser with an empty cache first shows something, on a network like fast 3G (150 ms there and
// back, 1.6 Mbit/s), and what it has loaded by then and later. PHDP_TEST_URL is the server.
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
await close(context);
process.exit();
