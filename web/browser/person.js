// Somebody at a hospital with a browser of their own: what they press, fill in and see.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { password, root } from "./hospital.js";

export const desk = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

const results = join(root, "test-results");
const patience = 15_000; // ms until what should be there is missed
const rules = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

export function launchOptions() {
  return {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  };
}

export const launch = () => chromium.launch(launchOptions());

export class Person {
  static async at(browser, hospital, name) {
    const context = await browser.newContext({ baseURL: hospital.url, viewport: desk, locale: "en-US", colorScheme: "light", reducedMotion: "reduce" });
    context.setDefaultTimeout(patience);
    const p = new Person();
    Object.assign(p, { context, hospital, name, faults: [], page: await context.newPage() });
    p.page.on("pageerror", (e) => p.faults.push(`script: ${e.message}`));
    p.page.on("console", (m) => /Content.Security.Policy/i.test(m.text()) && p.faults.push(m.text()));
    p.page.on("response", (r) => (r.status() >= 500 || r.status() === 403) && p.faults.push(`${r.status()} ${r.request().method()} ${r.url()}`));
    return p;
  }

  open(path) {
    return this.page.goto(path);
  }

  async signIn(username, secret = password) {
    await this.open("/sign-in");
    await this.fill({ username, password: secret });
    await this.press("Sign in");
  }

  /** Presses a button or link that leads to another page, and waits for it. */
  async press(name, { role = "button", within = this.page, exact = true } = {}) {
    const loaded = this.page.waitForEvent("load");
    loaded.catch(() => {}); // where the click itself fails, that is what is told
    await within.getByRole(role, { name, exact }).first().click();
    await loaded;
  }

  follow(name, options = {}) {
    return this.press(name, { role: "link", ...options });
  }

  /** Waits until a text or a locator is on the page; says which one is missed, and where. */
  async sees(what, within = this.page) {
    const place = typeof what === "string" || what instanceof RegExp ? within.getByText(what) : what;
    await place.filter({ visible: true }).first().waitFor();
  }

  async misses(what, within = this.page) {
    const place = typeof what === "string" || what instanceof RegExp ? within.getByText(what) : what;
    await place.filter({ visible: true }).first().waitFor({ state: "detached" });
  }

  /** Fills in fields by their names, whatever they look like: text, choices, ticks, files. {text} chooses by the words beside it. */
  async fill(values, within = this.page) {
    for (const [name, value] of Object.entries(values)) {
      const fields = within.locator(`:is(input, select, textarea)[name="${name}"]`);
      await fields.first().waitFor({ state: "attached" });
      for (const fold of await fields.first().locator("xpath=ancestor::details[not(@open)]").all()) await fold.evaluate((d) => (d.open = true));
      const sort = await fields.first().evaluate((e) => (e.tagName === "INPUT" ? e.type : e.tagName.toLowerCase()));
      await this.answer(fields, sort, value, within);
    }
  }

  async answer(fields, sort, value, within) {
    const words = value?.text;
    switch (sort) {
      case "radio":
      case "checkbox":
        if (sort === "checkbox" && value === false) return fields.first().uncheck();
        for (const one of Array.isArray(value) ? value : [value]) {
          const choice = words ? within.getByLabel(words).and(fields) : fields.and(within.locator(`[value="${one}"]`));
          await choice.first().check().catch((e) => {
            if (!/did not change its state/.test(e.message)) throw e; // the rules were asked again, and the field moved away under the click
            return choice.first().check();
          });
        }
        return;
      case "select": {
        if (!words) return fields.first().selectOption(String(value));
        const option = fields.first().locator("option").filter({ hasText: words }).first();
        return fields.first().selectOption(await option.getAttribute("value"));
      }
      case "file":
        return fields.first().setInputFiles(value);
      default:
        return fields.first().fill(String(words ?? value));
    }
  }

  /** The error beside a field, as the page connects the two. */
  errorOf(name) {
    return this.page.locator(`[data-field="${name}"] .error`);
  }

  /** No rule of WCAG 2.2 A and AA is broken, in the dark theme none about its colors, and nothing is wider than the window. */
  async isAccessible(where) {
    await this.unbarred(true);
    for (const colorScheme of ["light", "dark"]) {
      await this.page.emulateMedia({ colorScheme });
      await this.drawnIn(colorScheme);
      await this.settles();
      const axe = new AxeBuilder({ page: this.page }).options({ resultTypes: ["violations"] }).setLegacyMode(true);
      const { violations } = await (colorScheme === "light" ? axe.withTags(rules) : axe.withRules(["color-contrast", "link-in-text-block"])).analyze();
      const told = violations.map((v) => `${v.id}: ${v.help}\n` + v.nodes.slice(0, 4).map((n) => `    ${n.target} ${n.html.slice(0, 160)}\n      ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message}`).join("\n"));
      assert.deepEqual(told, [], `accessibility of ${where ?? this.page.url()}, ${colorScheme}`);
    }
    await this.page.emulateMedia({ colorScheme: "light" });
    await this.unbarred(false);
    await this.fits();
  }

  /** What a bar that stays in view covers at this moment is not too small: one scrolls it free. So the bars lie in the page while it is judged. */
  unbarred(judging) {
    return this.page.evaluate((position) => {
      window.scrollTo(0, 0);
      for (const bar of document.querySelectorAll(".form-actions")) bar.style.position = position;
    }, judging ? "static" : "");
  }

  /** Waits until a theme is drawn: until every text has kept its color for some frames after the theme was heard of. */
  drawnIn(colorScheme) {
    return this.page.evaluate(async (scheme) => {
      const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
      const colors = () => [...document.querySelectorAll("body, main span, main label")].map((e) => getComputedStyle(e).color).join();
      let last = "";
      for (let same = 0, tries = 0; same < 12 && tries < 240; tries++) {
        await frame();
        const now = matchMedia(`(prefers-color-scheme: ${scheme})`).matches ? colors() : "";
        same = now !== "" && now === last ? same + 1 : 0;
        last = now;
      }
    }, colorScheme);
  }

  /** Waits until the theme is drawn and nothing moves: a color on its way is no color of the theme. */
  settles() {
    return this.page.evaluate(async () => {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      await Promise.allSettled(document.getAnimations().map((a) => a.finished));
    });
  }

  async fits() {
    const wide = await this.page.evaluate(() => {
      const limit = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= limit) return [];
      return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > limit + 1).slice(0, 5)
        .map((e) => `${e.tagName.toLowerCase()}.${e.className} to ${Math.round(e.getBoundingClientRect().right)} px: ${e.textContent.trim().slice(0, 60)}`);
    });
    assert.deepEqual(wide, [], `${this.page.url()} scrolls sideways at ${this.page.viewportSize().width} px`);
  }

  async picture(name, options = {}) {
    mkdirSync(results, { recursive: true });
    await this.page.screenshot({ path: join(results, `${name}.png`), animations: "disabled", ...options });
  }

  /** Keeps what the page showed when a test failed. */
  async evidence(name) {
    if (this.page.url() === "about:blank") return `${this.name} has opened nothing yet`;
    const file = `failed-${name}-${this.name}`.replace(/[^\w-]+/g, "-").toLowerCase();
    try {
      await this.picture(file, { fullPage: true });
      const text = await this.page.locator("body").innerText();
      writeFileSync(join(results, `${file}.txt`), `${this.page.url()}\n\n${text}\n`);
      const banners = await this.page.locator(".banner:visible, .field .error:visible").allInnerTexts();
      return `${this.name} at ${this.page.url()} saw: ${banners.join(" | ") || "no message"} (test-results/${file}.png, .txt)`;
    } catch (e) {
      return `${this.name}: no picture, ${e.message}`;
    }
  }
}

/** A head of department lets somebody operate at home. */
export async function privilege(head, name, procedure) {
  await head.open("/settings/privileges");
  await head.follow(name);
  await head.fill({ procedure, part: "operate" });
  const level = head.page.locator('[name="level"]');
  if (await level.count()) await head.fill({ level: 4 });
  await head.press("Grant it");
  await head.sees("Fully endoscopic");
}
