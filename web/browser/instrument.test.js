// Forms as instruments: how many presses and keys an operation as planned and a normal follow-up take, and how much room. Each click, each key that is no text and each field
// that is typed into counts as one interaction.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Hospital } from "./hospital.js";
import { Person, launch, phone, privilege } from "./person.js";
import { Story } from "./story.js";

let browser, harbor;

before(async () => {
  harbor = new Hospital("Harbor City Hospital", "36.0671,120.3826", [
    { username: "he", name: "He Jing", roles: ["administrator", "coordinator"] },
    { username: "lin", name: "Dr. Lin Hai", roles: ["surgeon"] },
    { username: "zhao", name: "Dr. Zhao Bo", roles: ["head_of_department"] },
  ]);
  await harbor.open();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harbor?.remove();
});

/** Counts what a hand does. */
class Hand {
  constructor(page) {
    this.page = page;
    this.count = 0;
  }
  async click(what) {
    this.count++;
    await what.click();
  }
  async key(name) {
    this.count++;
    await this.page.keyboard.press(name);
  }
  async type(text) {
    this.count++;
    await this.page.keyboard.type(text);
  }
}

const height = (p) => p.page.evaluate(() => document.documentElement.scrollHeight);
const day = new Date().toISOString().slice(0, 10);

test("instruments", async (t) => {
  const story = new Story(t);
  const lin = await Person.at(browser, harbor, "Dr. Lin");
  const zhao = await Person.at(browser, harbor, "Dr. Zhao");
  story.people = [lin, zhao];
  const step = (name, play) => story.step(name, play);
  const field = (name) => lin.page.locator(`[data-field="${name}"]`);
  let casePath;

  await step("the head privileges the surgeon, as operations ask for", async () => {
    await zhao.signIn("zhao");
    await privilege(zhao, "Dr. Lin Hai", "mvd_endoscopic");
  });

  await step("a case with a signed plan", async () => {
    await lin.signIn("lin");
    await lin.open("/open/hfs-mvd");
    await lin.fill({ title: "Hemifacial spasm, left, six years", urgency: "routine", side: "left", sex: "female", age: 47, patient_name: "陈玉芬", local_number: "HC-204871" });
    await lin.press("Open the case");
    casePath = new URL(lin.page.url()).pathname;
    await lin.open(`${casePath}/say/plan`);
    await lin.fill({
      title: "Fully endoscopic decompression, left", "v.procedure": { text: "Fully endoscopic" }, "v.side": "left", "v.surgical_level": 4, "v.key_risks": "Hearing", "v.guidance_mode": { text: "No guidance" },
      "v.mdt_done": true, "v.technique": { text: "Fully" }, "v.method": { text: "sling" }, "v.vessel": ["aica"], "v.amr_monitored": true, "v.baep_monitored": true, operator: { text: "Dr. Lin Hai" },
    });
    await lin.press("Save this version of the plan");
    await lin.page.getByRole("button", { name: "Sign the plan" }).first().click();
    await lin.press("Sign", { within: lin.page.getByRole("dialog") });
    await lin.open(`${casePath}/say/scheduled`);
    await lin.fill({ date: `${day}T08:30`, place: "Theater 3" });
    await lin.press("Schedule");
    await lin.sees("Safety checklist: Sign in");
  });

  await step("the checklist comes in its order; an empty one cannot be signed, and what is not ticked needs a word why", async () => {
    await lin.follow("Open the checklist");
    await lin.isAccessible("the checklist");
    await lin.press("Save and sign into the record");
    await lin.sees(/empty checklist cannot be signed/);
    for (const part of ["Sign in", "Time out", "Sign out"]) {
      const boxes = lin.page.locator(".checks .yes input");
      for (let i = 0; i < (await boxes.count()); i++) await boxes.nth(i).check();
      if (part === "Sign in") {
        await lin.page.locator('[name="item.airway"][value="false"]').check();
        await lin.press("Save and sign into the record");
        await lin.sees(/needs a word on why not/);
        await lin.page.locator('[name="why.airway"]').first().check();
      }
      await lin.press("Save and sign into the record");
      if (part !== "Sign out") await lin.follow("Open the checklist");
    }
    await lin.sees(/Does not apply/);
    await lin.sees(lin.page.getByRole("link", { name: "Record the operation" }));
  });

  await step("an operation as planned: under 25 interactions, two screens", async () => {
    await lin.open(`${casePath}/say/operation`);
    const hand = new Hand(lin.page);
    const room = await height(lin);
    for (const button of await lin.page.locator("button.fill").filter({ hasText: /As planned|Nothing unusual/ }).all()) await hand.click(button);
    for (let i = 0; i < 20 && (await lin.page.locator("[data-next-left]").isVisible()); i++) {
      await hand.key("Alt+ArrowDown");
      const name = await lin.page.evaluate(() => document.activeElement.getAttribute("name"));
      if (name === "v.blood_loss") await hand.type("80");
      else if (name === "date") await hand.type(day);
      else if (name === "v.vessel") await hand.key("1");
      else await hand.key("1");
    }
    await hand.click(lin.page.locator('[name="v.findings"]'));
    await hand.type("AICA at the root exit zone, moved off on a sling.");
    await lin.sees("Ready to sign");
    await lin.isAccessible("the operation as an instrument");
    await hand.key("Control+Enter");
    await lin.sees(/Recorded and signed/);
    t.diagnostic(`operation: ${hand.count} interactions, ${room} px`);
    assert.ok(hand.count < 25, `${hand.count} interactions`);
    assert.ok(room <= 1800, `${room} px are more than two screens of 900`);
  });

  await step("no value, because: one key", async () => {
    await lin.open(`${casePath}/say/followup`);
    await lin.fill({ "v.length_of_stay": "" });
    await lin.page.locator('[name="v.length_of_stay"]').focus();
    await lin.page.keyboard.press("/");
    await lin.sees(field("v.length_of_stay").locator("select"));
    await field("v.length_of_stay").locator("select").selectOption("unknown");
    assert.equal(await lin.page.locator('[name="v.length_of_stay"]').inputValue(), "", "the key is no text");
    await lin.fill({ "v.satisfaction": 77 });
    await lin.sees(field("v.satisfaction").locator(".range"));
  });

  await step("a normal follow-up in 10 interactions", async () => {
    await lin.open(`${casePath}/say/followup`);
    const hand = new Hand(lin.page);
    for (const button of await lin.page.locator("button.fill").filter({ hasText: "Nothing unusual" }).all()) await hand.click(button);
    for (let i = 0; i < 8 && (await lin.page.locator("[data-next-left]").isVisible()); i++) {
      await hand.key("Alt+ArrowDown");
      const name = await lin.page.evaluate(() => document.activeElement.getAttribute("name"));
      assert.equal(name, "v.relief");
      await hand.key("1");
    }
    await lin.sees("Ready to sign");
    await hand.key("Control+Enter");
    const normal = hand.count;
    await lin.sees("Is this right?"); // and here one more, for the first day's window has not begun on the day of the operation
    await hand.click(lin.page.locator('[name="confirmed.why"]'));
    await hand.type("seen in the evening, goes home tomorrow");
    await hand.key("Control+Enter");
    await lin.sees(/Recorded and signed/);
    t.diagnostic(`follow-up: ${normal} interactions`);
    assert.ok(normal <= 10, `${normal} interactions`);
  });

  await step("on a phone the instrument fits", async () => {
    await lin.page.setViewportSize(phone);
    for (const kind of ["operation", "followup", "finding", "plan", "safety-check"]) {
      await lin.open(`${casePath}/say/${kind}`);
      await lin.fits();
    }
  });
});
