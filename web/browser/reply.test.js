// A coordinator hands a patient a link; the patient answers on a phone, in both languages, on a bad line; the registry's page says what is missing.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Hospital, program } from "./hospital.js";
import { Person, launch, phone } from "./person.js";
import { Story } from "./story.js";

let browser, harbor;
const cases = [];

// say speaks in Dr. Lin's name on the hospital's own machine, as a person types it.
function say(...args) {
  const r = spawnSync(program, ["case", ...args, "--data", harbor.data, "--as", "lin", "--json"], { encoding: "utf8" });
  assert.equal(r.status, 0, r.stdout + r.stderr);
  return JSON.parse(r.stdout);
}

before(async () => {
  harbor = new Hospital("Harbor City Hospital", "36.0671,120.3826", [
    { username: "chen", name: "Chen Yu", roles: ["administrator", "coordinator"] },
    { username: "lin", name: "Dr. Lin Hai", roles: ["head_of_department"] },
  ]);
  await harbor.open();
  for (const [i, side] of ["left", "right"].entries()) {
    const id = say("open", "--body", JSON.stringify({ pathway: "hfs-mvd", title: `Spasm on the ${side}`, side, urgency: "routine", sex: "female", age: 50 + i, demo: true })).id;
    const day = new Date(Date.now() - (320 + 40 * i) * 86400_000).toISOString().slice(0, 10);
    say("append", id, "--kind", "case.operation", "--body", JSON.stringify({ date: day, procedure: "mvd_endoscopic", emergency: "no time", confirmed: { odd: ["operation-before-opening"], why: "from the paper record" } }));
    cases.push(id);
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harbor?.remove();
});

test("a patient answers", async (t) => {
  const chen = await Person.at(browser, harbor, "Chen Yu");
  const patient = await Person.at(browser, harbor, "the patient");
  await patient.page.setViewportSize(phone);
  const story = new Story(t);
  story.people = [chen, patient];
  const step = (name, play) => story.step(name, play);
  let link;

  await step("the registry's page leads to who is overdue", async () => {
    await chen.signIn("chen");
    await chen.open("/registry");
    await chen.sees(chen.page.getByRole("heading", { name: "Can these rows be trusted?" }));
    await chen.isAccessible("the registry's page");
    await chen.follow("Call list");
    await chen.isAccessible("the call list");
  });

  await step("an operation is drawn to be entered a second time", async () => {
    await chen.open("/registry");
    await chen.follow("Agreement of two people");
    await chen.sees("Nothing was entered twice yet");
    await chen.isAccessible("the page of double entry");
    await chen.follow("Enter again");
    await chen.isAccessible("the form of a second entry");
  });

  await step("a link is made, as a code and as an address", async () => {
    await chen.open("/registry");
    await chen.follow("Call list");
    await chen.press("Phone link");
    await chen.sees(chen.page.getByRole("img", { name: "QR code of the link" }));
    await chen.isAccessible("the page about a link");
    link = new URL(await chen.page.locator("#link").textContent(), harbor.url).pathname;
  });

  await step("one question at a time, in Chinese, and without a line", async () => {
    await patient.open(link);
    await patient.isAccessible("the patient's page");
    await patient.page.getByRole("button", { name: "中文" }).click();
    await patient.sees("Harbor City Hospital想了解您的近况");
    const open = patient.page.locator("fieldset[data-question]:visible");
    assert.equal(await open.count(), 1, "one question stands there");
    await patient.context.setOffline(true);
    await answer(patient, /./);
    await patient.sees("没有网络。您的回答已保存在本设备上。");
    await patient.page.getByRole("button", { name: "下一题" }).click();
    await patient.context.setOffline(false);
  });

  await step("what was answered without a line is there after it came back", async () => {
    await patient.page.waitForResponse((r) => r.url().endsWith("/save") && r.ok()).catch(() => {});
    await patient.open(link);
    await patient.page.getByRole("button", { name: "English" }).click();
    await patient.sees("Harbor City Hospital asks how you are");
    assert.ok((await patient.page.locator("input:checked").count()) > 0, "the first answer is kept");
  });

  await step("the answers are sent, once", async () => {
    for (let left = 20; left > 0 && !(await patient.page.getByRole("button", { name: "Send" }).isVisible()); left--) {
      await answer(patient, /./);
      await patient.page.getByRole("button", { name: "Next" }).click();
    }
    await patient.page.locator("textarea:visible").fill("Much better 😀");
    await patient.press("Send");
    await patient.sees("Thank you");
    await chen.page.reload();
    await chen.sees(/Answered/);
    await patient.open(link);
    await patient.sees(/has your answers already/);
  });
});

/** Chooses the last but one answer of the question that stands there. */
async function answer(patient) {
  const choices = patient.page.locator("fieldset[data-question]:visible .answers label");
  const n = await choices.count();
  if (n > 0) await choices.nth(Math.max(0, n - 2)).click();
}
