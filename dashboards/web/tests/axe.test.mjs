// WCAG 2.2 AA as far as axe can see it, on every page in both themes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { base, close, launch, open, somePatient } from "./browser.mjs";

const guarded = process.env.PHDP_TEST_SIGN_IN_URL;
const skip = base ? false : "PHDP_TEST_URL is not set";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let context;
let patient;
before(async () => {
  if (skip) return;
  context = await launch();
  patient = await somePatient();
});
after(() => close(context));

/** What axe finds on a page, one line per rule. */
async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run({ runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } }));
  return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`).join(" | ")}`);
}

for (const path of ["/home", "/adherence", "/journey?lost=second_fill", "/segments?g=all:htn_dx", "/patients", "patient", "/deliveries", "/sql", "/data", "/glossary", "/admin", "/tokens", "/nowhere"]) {
  for (const [theme, lang] of [["light", "zh-CN"], ["dark", "en"]]) {
    test(`axe ${path} ${theme}`, { skip }, async () => {
      const { page } = await open(context, path === "patient" ? patient : path, { theme, lang });
      try {
        assert.deepEqual(await findings(page), []);
      } finally {
        await close(page);
      }
    });
  }
}

test("axe sign-in", { skip: guarded ? false : "PHDP_TEST_SIGN_IN_URL is not set" }, async () => {
  const page = await context.newPage();
  try {
    for (const theme of ["light", "dark"]) {
      await context.addCookies([{ name: "phdp_theme", value: theme, url: guarded }]);
      await page.goto(`${guarded}/sign-in`);
      assert.deepEqual(await findings(page), []);
    }
  } finally {
    await close(page);
  }
});
