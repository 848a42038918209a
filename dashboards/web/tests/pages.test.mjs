// Every page in both languages, both themes and three widths: no console message, no sideways scrolling, and a
// picture of each for people to look at.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, close, launch, open, overflow, picture, somePatient } from "./browser.mjs";

const skip = base ? false : "PHDP_TEST_URL is not set";
let context;
let patient;
before(async () => {
  if (skip) return;
  context = await launch();
  patient = await somePatient();
});
after(() => close(context));

const pages = () => ({
  home: "/home",
  adherence: "/adherence",
  "adherence-htn": "/adherence?line=htn&period=r365",
  "adherence-beside": "/adherence?line=htn&cmp=line:dm",
  journey: "/journey",
  "journey-beside": "/journey?line=htn&cmp=line:dm",
  "journey-lost": "/journey?line=htn&lost=second_fill",
  segments: "/segments",
  "segments-built": "/segments?line=htn&g=all:htn_dx&g=none:adh_high",
  patients: "/patients",
  patient,
  deliveries: "/deliveries",
  sql: "/sql",
  data: "/data",
  glossary: "/glossary",
  admin: "/admin",
  tokens: "/tokens",
  missing: "/patients/nobody0000",
});

for (const name of ["home", "adherence", "adherence-htn", "adherence-beside", "journey", "journey-beside", "journey-lost", "segments", "segments-built", "patients", "patient", "deliveries", "sql", "data", "glossary", "admin", "tokens", "missing"]) {
  for (const [lang, theme, width] of [["zh-CN", "light", 1440], ["zh-CN", "dark", 1440], ["en", "light", 1440], ["zh-CN", "light", 768], ["zh-CN", "light", 390], ["en", "dark", 390]]) {
    test(`${name} ${lang} ${theme} ${width}`, { skip }, async () => {
      const { page, problems, status } = await open(context, pages()[name], { lang, theme, width });
      try {
        await picture(page, `${name}-${width}-${lang}-${theme}`);
        const expected = name === "missing" ? problems.filter((text) => !text.includes("404")) : problems;
        assert.deepEqual(expected, []);
        assert.equal(status, name === "missing" ? 404 : 200);
        assert.equal(await page.getAttribute("html", "lang"), lang);
        assert.ok((await overflow(page)) <= 0, `the page is ${await overflow(page)} px too wide`);
        assert.equal(await page.locator("h1").count(), 1);
        assert.equal(await page.locator("[data-chart]").count(), await page.locator("figure table").count());
      } finally {
        await close(page);
      }
    });
  }
}
