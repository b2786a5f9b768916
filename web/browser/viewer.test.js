// Images at two hospitals: a real CT dropped on the case page, seen and measured on both sides.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hospital, root } from "./hospital.js";
import { Person, desk, launch, phone } from "./person.js";
import { Story } from "./story.js";

const folder = mkdtempSync(join(tmpdir(), "viewer-"));
const volume = 60_000; // ms until planes through 300 slices are drawn, by a processor that is nobody's graphics card and may be busy
let browser, harbor, western, he, lin, gu, tan;

/** The real head of Debian's invesalius-examples as DICOM, which no test goes without. */
function head(slices, day, accession) {
  const file = join(folder, `${accession}.zip`);
  const made = spawnSync("go", ["run", "./demo/headct", file, String(slices), day, accession], { cwd: root, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return file;
}

before(async () => {
  harbor = new Hospital("Harbor City Hospital", "36.0671,120.3826", [
    { username: "he", name: "He Jing", roles: ["administrator", "coordinator"] },
    { username: "lin", name: "Dr. Lin Hai", roles: ["surgeon"] },
  ]);
  western = new Hospital("Western University Hospital", "30.6420,104.0430", [
    { username: "tan", name: "Tan Li", roles: ["administrator", "coordinator"] },
    { username: "gu", name: "Prof. Gu Wen", roles: ["surgeon", "head_of_department"] },
  ]);
  await Promise.all([harbor.open(), western.open()]);
  browser = await launch();
  [he, lin] = [await Person.at(browser, harbor, "He Jing"), await Person.at(browser, harbor, "Dr. Lin")];
  [tan, gu] = [await Person.at(browser, western, "Tan Li"), await Person.at(browser, western, "Prof. Gu")];
});

after(async () => {
  await browser?.close();
  await Promise.all([harbor?.remove(), western?.remove()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until the script has put an image on the screen. */
async function ready(person) {
  await person.page.locator("#viewer[data-ready]").waitFor();
}

test("images at two hospitals", async (t) => {
  const story = new Story(t);
  story.people = [he, lin, tan, gu];
  const step = (name, play) => story.step(name, play);
  let casePath;

  await step("two partners, and a case to which the patient agreed", async () => {
    await he.signIn("he");
    await tan.signIn("tan");
    await he.open("/network");
    await he.page.getByText("Invite with a code").click();
    await he.fill({ address: harbor.ports.peer });
    await he.press("Make the code");
    const code = await he.page.locator("#invite-code").innerText();
    await tan.open("/network");
    await tan.page.getByText("I was given a code").click();
    await tan.fill({ code });
    await tan.press("Accept the invitation");
    await tan.sees("Connected");
    await lin.signIn("lin");
    await lin.follow("New case");
    await lin.follow("Hemifacial spasm: microvascular decompression");
    await lin.fill({ urgency: "routine", side: "left", sex: "female", age: 52, title: "Hemifacial spasm, left" });
    await lin.press("Open the case");
    casePath = new URL(lin.page.url()).pathname;
    await lin.open(`${casePath}/say/consent`);
    await lin.fill({ "scope.consult": "granted", "scope.images": "granted", "scope.recording": "refused", "scope.teaching": "refused", "scope.research": "refused", "scope.identity": "refused", text: "2025-1" });
    await lin.press("Record the consent");
  });

  await step("a CT of 300 slices is dropped on the case page and filed", async () => {
    const zip = head(300, "2026-11-24", "A4711");
    await lin.open(casePath);
    await lin.fill({ files: zip });
    await lin.picture("images-case");
    await lin.press("File in the case");
    await lin.sees(/300 images filed/, lin.page.getByRole("main"));
    await lin.isAccessible("what was filed");
    await lin.follow("See the images");
  });

  await step("the first image is on the screen within a second, and scrolling drops none", async () => {
    await ready(lin);
    await lin.open(`${casePath}/images`);
    await ready(lin);
    const times = await lin.page.evaluate(() => {
      const shown = performance.getEntriesByType("resource").find((r) => r.name.includes("/picture/") && !r.name.includes("side="));
      return { picture: Math.round(shown.responseEnd), stack: Number(document.getElementById("viewer").dataset.ready) };
    });
    t.diagnostic(`first image after ${times.picture} ms, the stack after ${times.stack} ms`);
    assert.ok(times.picture < 1000, `the first image came after ${times.picture} ms`);
    await lin.sees(/151 \/ 300/);
    for (let n = 0; n < 5; n++) await lin.page.keyboard.press("ArrowDown");
    await lin.sees(/156 \/ 300/);
    await lin.page.keyboard.press("PageUp");
    await lin.sees(/146 \/ 300/);
    await lin.isAccessible("the viewer");
    await lin.picture("viewer-stack");
  });

  /** A finger or a hand draws from one part of the image to another. */
  const drags = async (person, from, to, pane = person.page.locator(".vp").first()) => {
    const box = await pane.boundingBox();
    await person.page.mouse.move(box.x + box.width * from[0], box.y + box.height * from[1]);
    await person.page.mouse.down();
    await person.page.mouse.move(box.x + box.width * to[0], box.y + box.height * to[1], { steps: 15 });
    await person.page.mouse.up();
  };

  await step("length, region and Cobb angle are measured, undone and done again", async () => {
    const marks = lin.page.locator("#marks li");
    await lin.page.keyboard.press("l");
    await drags(lin, [0.42, 0.35], [0.6, 0.4]);
    await lin.sees(/\d mm$/, marks.last());
    await lin.page.keyboard.press("r");
    await drags(lin, [0.45, 0.5], [0.52, 0.58]);
    await lin.sees(/± \d+ HU/, marks.last());
    await lin.page.keyboard.press("c");
    await drags(lin, [0.3, 0.7], [0.4, 0.6]);
    await drags(lin, [0.6, 0.6], [0.7, 0.7]);
    await lin.sees(/°$/, marks.last());
    const drawn = await marks.count();
    assert.equal(drawn, 3);
    await lin.page.keyboard.press("Control+z");
    await lin.page.keyboard.press("Control+y");
  });

  await step("a key image with a note becomes an entry of the case", async () => {
    await lin.page.keyboard.press("k");
    await lin.page.locator("#key-note").fill("Widest here. Edges smooth.");
    await lin.picture("viewer-key");
    await lin.page.getByRole("button", { name: "File in the case" }).first().click();
    await lin.sees("Widest here. Edges smooth.", lin.page.locator("[data-key]"));
    await lin.open(casePath);
    await lin.sees("Widest here. Edges smooth.");
    await lin.isAccessible("the case with images");
    await lin.picture("viewer-case");
  });

  await step("the other hospital is invited, and sees the same images", async () => {
    await he.open(`${casePath}/members`);
    await he.fill({ hospital: { text: western.name } });
    await he.press("Invite");
    await tan.open(casePath);
    await tan.page.waitForLoadState();
    await tan.open(`${casePath}/images`);
    await ready(tan);
    await tan.sees("Widest here. Edges smooth.");
    await tan.page.locator("[data-key]").first().click();
    await tan.sees(/146 \/ 300/);
    await tan.sees(tan.page.locator("svg .annotation, svg line").first());
    await tan.picture("viewer-other");
  });

  await step("two hospitals look together: the other's hand and name, and following", async () => {
    await lin.open(`${casePath}/images`);
    await ready(lin);
    await lin.page.getByRole("button", { name: "Show where I look", exact: true }).click();
    for (let n = 0; n < 3; n++) await lin.page.keyboard.press("ArrowDown"); // 154
    await lin.sees(/154 \/ 300/);
    const middle = async (person) => {
      const box = await person.page.locator(".vp").first().boundingBox();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const hand = await middle(lin);
    await lin.page.mouse.move(hand.x, hand.y);
    await tan.sees("Dr. Lin Hai shows where they look");
    await tan.page.locator("#look-note").getByRole("button", { name: "Follow" }).click();
    await tan.sees("You follow Dr. Lin Hai");
    await tan.sees(/154 \/ 300/);
    const theirs = tan.page.locator(".vp .hand span"); // the name beside it
    await theirs.waitFor();
    await lin.page.mouse.move(hand.x + 1, hand.y);
    const [at, wanted] = [await theirs.boundingBox(), await middle(tan)];
    assert.ok(Math.abs(at.x - wanted.x) < 30 && Math.abs(at.y - wanted.y) < 30, `the hand is at ${at.x}, ${at.y}, not near ${wanted.x}, ${wanted.y}`);
    await lin.page.keyboard.press("2"); // bone
    await tan.sees(/C 500 W 2,?000/);
    await lin.page.keyboard.press("PageDown");
    await tan.sees(/164 \/ 300/);
    await tan.isAccessible("the viewer while two look together");
    await tan.picture("viewer-together");
    await tan.page.keyboard.press("ArrowUp"); // whoever moves looks for themselves
    await tan.sees("Dr. Lin Hai shows where they look");
    await tan.sees(/163 \/ 300/);
    await lin.page.getByRole("button", { name: "Stop showing", exact: true }).click();
    await tan.sees("Nobody else shows where they look.");
  });

  await step("a length on a sagittal plane becomes a key image, and is seen on that plane at the other hospital", async () => {
    await lin.page.keyboard.press("m");
    const sagittal = (person) => person.page.locator('.vp[data-plane="sagittal"]');
    await sagittal(lin).locator(".t", { hasText: "Sagittal" }).waitFor({ timeout: volume });
    await lin.page.locator('[data-tool="length"]:not([disabled])').waitFor({ timeout: volume });
    await lin.page.keyboard.press("l");
    await drags(lin, [0.4, 0.4], [0.6, 0.5], sagittal(lin));
    await lin.sees(/\d mm$/, lin.page.locator("#marks li").last());
    await lin.page.keyboard.press("k");
    await lin.sees(/Sagittal · [\d.]+ mm/, lin.page.locator("#key-form [data-at]"));
    await lin.page.locator("#key-note").fill("Depth of the approach.");
    await lin.picture("viewer-plane");
    await lin.page.getByRole("button", { name: "File in the case" }).first().click();
    const level = (person) => person.page.locator('.vp[data-plane="axial"]').getByText(/\d+ \/ 300/);
    const [crossed] = (await level(lin).innerText()).split(" ");
    const theirs = tan.page.locator("[data-key]", { hasText: "Depth of the approach." });
    await theirs.waitFor();
    await tan.open(`${casePath}/images`);
    await ready(tan);
    await theirs.click();
    await tan.page.locator('#viewer[data-layout="mpr"]').waitFor({ timeout: volume });
    await sagittal(tan).locator("svg text", { hasText: /\d mm$/ }).waitFor({ timeout: volume });
    assert.equal(await tan.page.locator('.vp[data-plane="coronal"] svg text', { hasText: /\d mm$/ }).count(), 0, "the mark stands on another plane too");
    await tan.sees(new RegExp(`^${crossed} / 300`), level(tan)); // the other planes cross it where they did
    await tan.picture("viewer-plane-other");
    await tan.page.keyboard.press("m"); // back to the images as they are
    await tan.page.locator('#viewer[data-layout="single"]').waitFor();
  });

  await step("planes through the volume, projections, a phone, and the other language", async () => {
    await tan.page.keyboard.press("m");
    await tan.page.locator('#viewer[data-layout="mpr"]').waitFor({ timeout: volume });
    await tan.sees("Sagittal");
    await tan.page.keyboard.press("i");
    await tan.page.locator('[data-act="mip"][aria-pressed="true"]').waitFor({ timeout: volume });
    await tan.picture("viewer-mip");
    await tan.page.setViewportSize(phone);
    await tan.open(`${casePath}/images`);
    await ready(tan);
    await tan.isAccessible("the viewer on a phone");
    await tan.picture("viewer-phone");
    await tan.page.setViewportSize(desk);
    await tan.page.getByRole("button", { name: "中文" }).click();
    await ready(tan);
    await tan.sees("关键图像");
    await tan.page.keyboard.press("m");
    await tan.page.getByText("矢状位").first().waitFor({ timeout: volume });
    await tan.picture("viewer-zh");
  });
});
