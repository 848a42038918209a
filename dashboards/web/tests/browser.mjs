// Starts Debian's Chromium for the tests. PHDP_TEST_URL is the server, PHDP_SCREENSHOTS a folder for pictures.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";

export const base = process.env.PHDP_TEST_URL;
const pictures = process.env.PHDP_SCREENSHOTS;

/** Opens a browser with an empty profile. */
export async function launch() {
  const profile = await mkdtemp(join(tmpdir(), "phdp-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.PHDP_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
  });
  context.on("close", () => rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }).catch(() => {})); // the folder is temporary anyway
  return context;
}

/** Closes a page or a browser. One that does not answer any more is left to the end of the process, which ends it. */
export const close = (thing) => thing && Promise.race([thing.close(), setTimeout(10_000)]);

/** Opens a page that fails the test on any message of severity error. */
export async function open(context, path, { width = 1440, height = 900, lang = "zh-CN", theme = "light" } = {}) {
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("requestfailed", (request) => {
    if (/\/list\.|\/exports\/|\/data\.(csv|xlsx)/.test(request.url())) return; // a navigation that becomes a download ends as a failed one
    problems.push(`${request.url()} ${request.failure()?.errorText}`);
  });
  await context.addCookies([
    { name: "phdp_lang", value: lang, url: base },
    { name: "phdp_theme", value: theme, url: base },
  ]);
  await page.setViewportSize({ width, height });
  const response = await page.goto(base + path);
  await settled(page);
  return { page, problems, status: response.status() };
}

/** Waits until every chart is drawn. */
export async function settled(page) {
  await page.waitForFunction(() => [...document.querySelectorAll("[data-chart]")].every((e) => e.dataset.drawn !== undefined));
  await page.waitForTimeout(120);
}

/** Writes a picture of the whole page when a folder is named. */
export async function picture(page, name) {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** How many pixels the page is wider than the window. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The first patient's address. */
export async function somePatient() {
  const html = await (await fetch(`${base}/journey?lost=six_months`)).text();
  return /href="(\/patients\/[^"]+)"/.exec(html)?.[1];
}
