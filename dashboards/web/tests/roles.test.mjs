// What each role sees, in both languages: tried in local mode, and signed in with an account of its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, close, launch, open, overflow, picture, settled } from "./browser.mjs";

const guarded = process.env.PHDP_TEST_SIGN_IN_URL;
const password = process.env.PHDP_TEST_PASSWORD;
const skip = base ? false : "PHDP_TEST_URL is not set";
const skipSignIn = guarded ? false : "PHDP_TEST_SIGN_IN_URL is not set";
let context;
before(async () => {
  if (!skip) context = await launch();
});
after(() => close(context));

/** The areas of the navigation with their pages, and a forbidden page, of each role. */
const all = { home: ["home"], adherence: ["adherence", "persistence", "firstfill", "repurchase"], journey: ["journey", "stages", "paths"] };
const people = ["segments", "tags", "followups", "alerts", "patients", "exports"];
const roles = {
  analyst: { nav: { ...all, segments: ["segments", "tags", "tuning", ...people.slice(2)], outcomes: ["outcomes", "experiments", "campaigns", "content", "community", "staff"], sql: ["sql", "data", "glossary", "tokens"] }, forbidden: "/admin" },
  pharma: { nav: { ...all, segments: ["segments", "tags"], outcomes: ["outcomes", "experiments", "campaigns", "content"], glossary: ["glossary", "tokens"] }, forbidden: "/patients" },
  ops: { nav: { ...all, segments: people, outcomes: ["outcomes", "experiments", "campaigns", "content", "community"], glossary: ["glossary", "tokens"] }, forbidden: "/sql" },
  ops_lead: { nav: { ...all, segments: [...people, "deliveries"], outcomes: ["outcomes", "experiments", "campaigns", "content", "community", "staff"], data: ["data", "glossary", "tokens"] }, forbidden: "/sql" },
  admin: { nav: { ...all, segments: ["segments", "tags", "exports", "deliveries"], outcomes: ["outcomes", "experiments", "campaigns", "content", "staff"], data: ["data", "glossary", "tokens", "admin"] }, forbidden: "/patients" },
  dpo: { nav: { ...all, segments: ["segments", "tags", "exports", "deliveries"], outcomes: ["outcomes", "experiments", "campaigns", "content", "staff"], data: ["data", "glossary", "tokens", "admin"] }, forbidden: "/segments/list.csv?purpose=follow_up" },
};

const navOf = (page) => page.$$eval("header .top-in nav a", (all) => all.map((a) => a.getAttribute("href").slice(1)));

for (const [role, want] of Object.entries(roles)) {
  for (const lang of ["zh-CN", "en"]) {
    test(`${role} is tried in ${lang}`, { skip }, async () => {
      const { page, problems } = await open(context, "/home", { lang });
      try {
        await page.click(`.local button[value=${role}]`);
        await settled(page);
        assert.equal(await page.getAttribute(`.local button[value=${role}]`, "aria-pressed"), "true");
        assert.deepEqual(await navOf(page), Object.keys(want.nav));
        // every page in Chinese, the first of each area in English: the other tests open all pages in both languages
        const visited = Object.entries(want.nav).flatMap(([area, pages]) => (lang === "en" ? pages.slice(0, 1) : pages).map((path) => [area, path]));
        for (const [area, path] of visited) {
          const response = await page.goto(`${base}/${path}`);
          await settled(page);
          assert.equal(response.status(), 200, path);
          const pages = await page.$$eval("header nav.sub a", (links) => links.map((a) => a.getAttribute("href").slice(1)));
          assert.deepEqual(pages, want.nav[area].length > 1 ? want.nav[area] : [], path);
          assert.ok((await overflow(page)) <= 0, `${path} is too wide`);
          if (path !== "glossary") await picture(page, `role-${role}-${path}-${lang}`);
        }
        assert.deepEqual(problems, []);
        assert.equal((await page.goto(base + want.forbidden)).status(), 403);
        await picture(page, `role-${role}-forbidden-${lang}`);
        await page.click(".local .all");
        assert.equal(await page.locator(".local .pill[aria-pressed]").count(), 0);
      } finally {
        await close(page);
      }
    });

    test(`${role} signs in and out in ${lang}`, { skip: skipSignIn }, async () => {
      const page = await context.newPage();
      try {
        await context.addCookies([{ name: "phdp_lang", value: lang, url: guarded }, { name: "phdp_theme", value: "light", url: guarded }]);
        await page.goto(`${guarded}/adherence?line=htn`);
        assert.equal(new URL(page.url()).pathname, "/sign-in");
        await picture(page, `sign-in-${lang}`);
        assert.equal(await page.locator("header nav a").count(), 0);
        await page.fill("input[name=name]", role);
        await page.fill("input[name=password]", password);
        await page.keyboard.press("Enter");
        await page.waitForURL((url) => url.pathname === "/adherence");
        assert.equal(new URL(page.url()).search, "?line=htn");
        assert.deepEqual(await navOf(page), Object.keys(want.nav));
        assert.equal(await page.locator(".local").count(), 0);
        assert.equal((await page.goto(guarded + want.forbidden)).status(), 403);
        const cookies = (await context.cookies(guarded)).filter((c) => c.name === "phdp_session");
        assert.ok(cookies.length === 1 && cookies[0].httpOnly && cookies[0].sameSite === "Lax");
        await page.click(".who button");
        await page.waitForURL((url) => url.pathname === "/sign-in");
        await page.goto(`${guarded}/home`);
        assert.equal(new URL(page.url()).pathname, "/sign-in");
      } finally {
        await close(page);
      }
    });
  }
}

test("a wrong password is told without telling whether the name exists", { skip: skipSignIn }, async () => {
  const page = await context.newPage();
  try {
    const words = [];
    for (const name of ["analyst", "nobody"]) {
      await page.goto(`${guarded}/sign-in`);
      await page.fill("input[name=name]", name);
      await page.fill("input[name=password]", "wrong password");
      await page.click("main button");
      await page.waitForSelector("#problem");
      words.push(await page.textContent("#problem"));
      assert.equal(await page.inputValue("input[name=password]"), "");
    }
    assert.equal(words[0], words[1]);
    await picture(page, "sign-in-wrong");
  } finally {
    await close(page);
  }
});

test("partners see bands, never a small or exact count", { skip }, async () => {
  const { page } = await open(context, "/home", {});
  try {
    await page.click(".local button[value=pharma]");
    for (const path of ["/adherence", "/journey", "/segments"]) {
      await page.goto(base + path);
      await settled(page);
      const shown = await page.$$eval("#counted b, #members b, table.funnel td.num b, #families .chip > small:last-child", (all) => all.map((e) => e.textContent));
      for (const text of shown) {
        const n = Number(text.replaceAll(",", ""));
        assert.ok(text === "<11" || n % 11 === 5, `${path} shows ${text}`);
      }
      assert.equal(await page.locator('a[href^="/patients"]').count(), 0);
    }
    await page.click(".local .all");
  } finally {
    await close(page);
  }
});
