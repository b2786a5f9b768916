// Nothing typed is lost, nothing sent comes back: whatever happens between the first key and the answer of the node.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Hospital } from "./hospital.js";
import { Person, launch, launchOptions } from "./person.js";
import { Story } from "./story.js";

let browser, harbor, profile;

before(async () => {
  harbor = new Hospital("Harbor City Hospital", "36.0671,120.3826", [
    { username: "he", name: "He Jing", roles: ["administrator", "coordinator"] },
    { username: "lin", name: "Dr. Lin Hai", roles: ["surgeon"] },
  ]);
  profile = mkdtempSync(join(tmpdir(), "consilium-profile-"));
  await harbor.open();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harbor?.remove();
  rmSync(profile, { recursive: true, force: true });
});

const value = (p, name, page = p.page) => page.locator(`[name="${name}"]`).inputValue();
const copies = (p, page = p.page) => page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith("draft:")).length);
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("name"));

test("drafts", async (t) => {
  const story = new Story(t);
  const lin = await Person.at(browser, harbor, "Dr. Lin");
  story.people = [lin];
  const step = (name, play) => story.step(name, play);
  let first, second;

  const openCase = async (title, patient) => {
    await lin.open("/open/hfs-mvd");
    await lin.fill({ title, urgency: "routine", side: "left", patient_name: patient, local_number: `HC-${patient}` });
    await lin.press("Open the case");
    await lin.sees(lin.page.getByRole("heading", { level: 1, name: title }));
    return new URL(lin.page.url()).pathname;
  };

  await step("two patients: the form of the next begins empty, and a draft is only offered", async () => {
    await lin.signIn("lin");
    first = await openCase("Spasm of the first patient", "周一");
    await lin.open("/open/hfs-mvd");
    assert.equal(await value(lin, "title"), "", "the next case begins empty");
    assert.equal(await value(lin, "patient_name"), "");
    assert.equal(await lin.page.locator('[name="side"]:checked').count(), 0);
    await lin.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    second = await openCase("Spasm of the second patient", "周二");
    await lin.open(`${first}/say/question`);
    await lin.fill({ text: "About the first." });
    await lin.sees(/Draft saved/);
    await lin.open(`${second}/say/question`);
    assert.equal(await value(lin, "text"), "");
    assert.equal(await lin.page.locator(".draft-offer").count(), 0, "another patient's draft is not even offered");
    await lin.open(`${first}/say/question`);
    assert.equal(await value(lin, "text"), "", "begun anew it is empty");
    await lin.sees(/Your draft of/);
    await lin.isAccessible("a form that offers a draft");
    await lin.follow("Continue");
    assert.equal(await value(lin, "text"), "About the first.");
  });

  await step("a reload at once shows the newest words, at their field", async () => {
    await lin.page.locator('[name="text"]').focus();
    await lin.page.keyboard.press("End");
    await lin.page.keyboard.type(" And more.");
    await lin.page.reload();
    assert.equal(await value(lin, "text"), "About the first. And more.");
    assert.equal(await focused(lin.page), "text");
  });

  await step("another language: the same words", async () => {
    await lin.page.keyboard.type(" Quick.");
    await lin.press("中文");
    assert.equal(await value(lin, "text"), "About the first. And more. Quick.");
    await lin.press("English");
    assert.equal(await value(lin, "text"), "About the first. And more. Quick.");
  });

  await step("two tabs are told of each other and keep a draft each; a copy of a tab goes on by itself", async () => {
    const other = await lin.context.newPage();
    await other.goto(`${first}/say/question`);
    await lin.sees("This form is open in another tab of yours too", other);
    await lin.page.bringToFront();
    await lin.sees("This form is open in another tab of yours too");
    await other.locator('[name="text"]').fill("From the other tab.");
    await lin.sees(/Draft saved/, other);
    const twin = await lin.context.newPage();
    await twin.goto(lin.page.url());
    assert.equal(await value(lin, "text", twin), "About the first. And more. Quick.");
    await lin.sees("This form is open in another tab of yours too", twin);
    await twin.locator('[name="text"]').fill("From the twin.");
    await lin.sees(/Draft saved/, twin);
    assert.notEqual(new URL(twin.url()).searchParams.get("draft"), new URL(lin.page.url()).searchParams.get("draft"));
    await lin.page.reload();
    assert.equal(await value(lin, "text"), "About the first. And more. Quick.");
    await Promise.all([other.close(), twin.close()]);
    await lin.page.locator('[data-draft-note="also"]').waitFor({ state: "hidden" });
    await lin.page.reload();
    await lin.sees(/Your draft of/);
    while ((await lin.page.locator(".draft-offer").count()) > 0) await lin.press("Discard", { within: lin.page.locator(".draft-offer").first() });
    assert.equal(await value(lin, "text"), "About the first. And more. Quick.", "discarding others leaves this one");
  });

  await step("offline the words stay here, and are sent when the line is back", async () => {
    await lin.context.setOffline(true);
    await lin.fill({ text: "Typed without a line." });
    await lin.sees("Kept in this browser; the node does not answer");
    assert.equal(await copies(lin), 1);
    await lin.context.setOffline(false);
    await lin.sees(/Draft saved/);
    assert.equal(await copies(lin), 0, "what the node has is not kept here too");
  });

  await step("a node that is killed: the words survive it", async () => {
    await harbor.kill();
    await lin.fill({ text: "Typed while the node was dead." });
    await lin.sees("Kept in this browser; the node does not answer");
    await harbor.open();
    await lin.page.reload();
    assert.equal(await value(lin, "text"), "Typed while the node was dead.");
    await lin.sees(/Draft saved/);
  });

  await step("the session ends while one types: after signing in the same form, words and field", async () => {
    await lin.context.clearCookies();
    await lin.fill({ text: "Typed after the end." });
    await lin.sees("Your session has ended.");
    await lin.page.locator('[name="text"]').focus();
    await lin.page.keyboard.press("End");
    await lin.page.keyboard.type(" Of it.");
    await lin.follow("Sign in", { within: lin.page.locator("main") });
    await lin.fill({ username: "lin", password: "four quiet harbor cranes" });
    await lin.press("Sign in");
    assert.equal(new URL(lin.page.url()).pathname, `${first}/say/question`);
    assert.equal(await value(lin, "text"), "Typed after the end. Of it.");
    assert.equal(await focused(lin.page), "text");
    await lin.sees(/Draft saved/);
  });

  await step("sent after the session ended, the form comes back too", async () => {
    await lin.context.clearCookies();
    await lin.page.locator('[name="text"]').pressSequentially(" Sent.");
    await lin.press("Ask");
    await lin.sees(lin.page.getByRole("heading", { name: "Sign in" }));
    await lin.fill({ username: "lin", password: "four quiet harbor cranes" });
    await lin.press("Sign in");
    assert.equal(await value(lin, "text"), "Typed after the end. Of it. Sent.");
  });

  await step("a double click is one entry, and nothing of it comes back", async () => {
    await lin.page.getByRole("button", { name: "Ask" }).dblclick();
    await lin.sees("Recorded and signed.");
    assert.equal(await lin.page.locator(`li[id^="e-"]`).filter({ hasText: "Typed after the end. Of it. Sent." }).count(), 1);
    await lin.page.waitForFunction(() => !Object.keys(localStorage).some((k) => k.startsWith("draft:")));
    await lin.open(`${first}/say/question`);
    assert.equal(await value(lin, "text"), "");
    assert.equal(await lin.page.locator(".draft-offer").count(), 0);
  });

  await step("the back button does not bring back what was sent", async () => {
    await lin.fill({ text: "Sent once." });
    await lin.press("Ask");
    await lin.sees("Recorded and signed.");
    await lin.page.goBack();
    await lin.sees(/was recorded/);
    assert.equal(await value(lin, "text"), "");
    await lin.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await lin.open(`${first}/say/question`);
    assert.equal(await lin.page.locator(".draft-offer").count(), 0);
  });

  await step("a form that comes back with a fault keeps what was typed", async () => {
    await lin.open(`${first}/say/reminder`);
    await lin.fill({ due: "2031-01-02" });
    await lin.press("Save and sign into the record");
    await lin.sees("Please check these answers.");
    await lin.sees(/Draft saved/);
    await lin.open(`${first}/say/reminder`);
    await lin.follow("Continue");
    assert.equal(await value(lin, "due"), "2031-01-02");
    await lin.page.getByRole("button", { name: "Discard", exact: true }).click(); // asks, and throws nothing away
    await lin.press("Press again: what you typed goes");
    assert.equal(await value(lin, "due"), "");
    assert.equal(await lin.page.locator(".draft-offer").count(), 0);
  });

  await step("a browser that is killed: the form offers what was typed", async () => {
    const killed = await chromium.launchPersistentContext(profile, { ...launchOptions(), baseURL: harbor.url, locale: "en-US" });
    const page = killed.pages()[0] ?? (await killed.newPage());
    const sign = async (at) => {
      await at.goto("/sign-in");
      await at.locator('[name="username"]').fill("lin");
      await at.locator('[name="password"]').fill("four quiet harbor cranes");
      await Promise.all([at.waitForEvent("load"), at.getByRole("button", { name: "Sign in", exact: true }).click()]);
    };
    await sign(page);
    await page.goto(`${second}/say/question`);
    await page.locator('[name="text"]').fill("Typed before the crash.");
    await lin.sees(/Draft saved/, page);
    const gone = new Promise((done) => killed.once("close", done));
    const cdp = await killed.newCDPSession(page);
    cdp.send("Browser.crash").catch(() => {});
    await gone;
    const next = await chromium.launchPersistentContext(profile, { ...launchOptions(), baseURL: harbor.url, locale: "en-US" });
    const fresh = next.pages()[0] ?? (await next.newPage());
    await sign(fresh);
    await fresh.goto(`${second}/say/question`);
    await lin.sees(/Your draft of/, fresh);
    await Promise.all([fresh.waitForEvent("load"), fresh.getByRole("link", { name: "Continue" }).click()]);
    assert.equal(await fresh.locator('[name="text"]').inputValue(), "Typed before the crash.");
    await next.close();
  });
});
