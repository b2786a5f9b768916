// What the viewer says of images whose every value is known: sides, scales, angles, places, and that it says nothing where nothing is known.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hospital } from "./hospital.js";
import { Person, launch } from "./person.js";
import { Story } from "./story.js";
import { image, segmentation, series, state, ultrasound, zip } from "./known.js";

const folder = mkdtempSync(join(tmpdir(), "phantom-"));
const volume = 90_000; // ms until planes are drawn by a processor that is busy
let browser, harbor, lin;

before(async () => {
  harbor = new Hospital("Harbor City Hospital", "36.0671,120.3826", [
    { username: "he", name: "He Jing", roles: ["administrator", "coordinator"] },
    { username: "lin", name: "Dr. Lin Hai", roles: ["surgeon"] },
  ]);
  await harbor.open();
  browser = await launch();
  lin = await Person.at(browser, harbor, "Dr. Lin");
});

after(async () => {
  await browser?.close();
  await harbor?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What is written in the corners and at the edges of the first pane. */
const written = () => lin.page.evaluate(() => Object.fromEntries([...document.querySelector(".vp").querySelectorAll(".t, .o, .said")].map((e) => [e.className.split(" ").slice(0, 2).join(" "), e.hidden || getComputedStyle(e).visibility === "hidden" ? "" : e.innerText])));
const sides = (w) => ["o w", "o e", "o n", "o so"].map((k) => w[k]).join("");
const shows = (name) => lin.page.waitForFunction((name) => document.querySelector(".vp:not(.blank) .t.tl")?.textContent.includes(name), name, { timeout: 20_000 });
const thumb = (name) => lin.page.locator(".th").filter({ hasText: name }).first();
const marks = () => lin.page.locator("#marks li");

/** The last measurement, once it does not change from one picture to the next: while a hand draws it does. */
const measured = () =>
  lin.page.evaluate(async () => {
    const read = () => document.querySelector("#marks li:last-child b")?.textContent;
    for (let [was, same] = [undefined, 0]; same < 20; ) {
      await new Promise(requestAnimationFrame);
      same = read() === was ? same + 1 : 0;
      was = read();
    }
    return parseFloat(read());
  });

/** A hand draws from one place to another, in pixels of the screen from the middle of the image. */
async function drags(...lines) {
  const box = await lin.page.locator(".vp").first().boundingBox();
  for (const [x1, y1, x2, y2] of lines) {
    const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
    await lin.page.mouse.move(cx + x1, cy + y1);
    await lin.page.mouse.down();
    await lin.page.mouse.move(cx + x2, cy + y2, { steps: 8 });
    await lin.page.mouse.up();
  }
}

async function files(casePath, name, contents, answer) {
  await lin.open(casePath);
  await lin.fill({ files: zip(join(folder, name), contents) });
  await lin.press("File in the case");
  await lin.sees(answer, lin.page.getByRole("main"));
}

test("what the viewer says is true", async (t) => {
  const story = new Story(t);
  story.people = [lin];
  const step = (name, play) => story.step(name, play);
  let casePath;

  await step("a case with slices, plain films and what cannot be shown", async () => {
    await lin.signIn("lin");
    await lin.follow("New case");
    await lin.follow("Hemifacial spasm: microvascular decompression");
    await lin.fill({ urgency: "routine", side: "left", sex: "female", age: 52, title: "Phantom" });
    await lin.press("Open the case");
    casePath = new URL(lin.page.url()).pathname;
    const film = (n, description, more = []) => image({ uid: `1.2.3.700.${n}`, series: n, modality: "CR", description, more });
    await files(casePath, "new.zip", [
      ...series(1, 12, { description: "slice axial", more: [[0x00200052, "UI", "1.2.3.9"]] }), ...series(2, 12, { description: "slice tilt" }, 18),
      ...series(3, 5, { description: "mean", modality: "MR", more: [[0x00180081, "DS", "20"]] }), ...series(4, 5, { description: "mean b", modality: "MR" }),
      film(5, "lateral"), film(6, "frontal", [[0x00181164, "DS", ["0.2", "0.2"]]]), film(7, "oblique", [[0x00181164, "DS", ["0.2", "0.2"]], [0x00181114, "DS", "2"]]),
      image({ uid: "1.2.3.700.9", series: 9, modality: "NM", bits: 32, description: "whole" }),
      image({ uid: "1.2.3.700.10", series: 10, modality: "CR", description: "echo", more: [ultrasound] }),
      state({ uid: "1.2.3.700.20", series: 20, of: "1.2.3.600.1.4", points: [10, 20, 50, 70] }),
      segmentation({ uid: "1.2.3.700.21", series: 21, frameOf: "1.2.3.9", heights: [4, 6, 8], from: [20, 30], to: [40, 60] }),
    ], /\d+ images filed/);
    await files(casePath, "old.zip", [image({ uid: "1.2.3.701.1", study: "1.2.3.501", series: 1, modality: "CR", day: "20251120", description: "old" })], /1 images filed/);
  });

  await step("images of another patient are asked about", async () => {
    await files(casePath, "other.zip", [image({ uid: "1.2.3.702.1", study: "1.2.3.502", series: 1, name: "Other^Bob", id: "OTHER", sex: "M", age: "007Y" })], "Is it the same patient?");
    await lin.sees("Other Bob");
    await lin.isAccessible("two patients beside each other");
    await lin.picture("viewer-patient");
  });

  await step("the newest examination is the one that opens, and each series says how it was made", async () => {
    await lin.open(`${casePath}/images`);
    await lin.page.locator("#viewer[data-ready]").waitFor();
    const heads = await lin.page.locator(".v-series h2").allInnerTexts();
    assert.match(heads[0], /CT.*Nov 20, 2026/s);
    assert.match(heads[1], /Before this.*Nov 20, 2025/s);
    await thumb("slice axial").click();
    await shows("slice axial");
    assert.match((await written())["t tr"], /^CT/);
    assert.deepEqual(await lin.page.locator("#windows button").allInnerTexts(), ["As made", "Bone", "Brain", "Soft", "Lung"]);
  });

  await step("sides and a scale stand on slices, and on no film that does not say", async () => {
    let w = await written();
    assert.equal(sides(w), "RLAP");
    assert.match(w["t br"], /mm$/);
    await thumb("lateral").click();
    await shows("lateral");
    w = await written();
    assert.equal(sides(w), "");
    assert.equal(w["t br"], "");
    assert.match(w["t tr"], /^Plain film/);
    assert.equal(await lin.page.locator("#windows button").count(), 1);
  });

  await step("without a spacing lengths and areas are pixels, and marks come back", async () => {
    await lin.page.keyboard.press("l");
    await drags([-60, 0, 60, 25]);
    await lin.sees(/ px$/, marks().last());
    await lin.page.keyboard.press("r");
    await drags([20, 40, 60, 80]);
    await lin.sees(/ px²$/, marks().last());
    await keep("on a film");
    await lin.page.locator("[data-key]").last().click();
    await shows("lateral");
    await lin.sees(lin.page.locator("svg line").first());
  });

  async function keep(note) {
    await lin.page.keyboard.press("k");
    await lin.page.locator("#key-note").fill(note);
    await lin.page.getByRole("button", { name: "File in the case" }).first().click();
    await lin.sees(note, lin.page.locator("[data-key]"));
    await lin.open(`${casePath}/images`);
    await lin.page.locator("#viewer[data-ready]").waitFor();
  }

  await step("the spacing of a detector says so, and is divided by the magnification", async () => {
    const lengths = [];
    for (const [name, says] of [["frontal", /mm at the detector$/], ["oblique", /mm in the patient, by an estimated magnification$/]]) {
      await thumb(name).click();
      await shows(name);
      await lin.page.keyboard.press("l");
      await drags([-90, 0, 90, 0]);
      await lin.sees(says, marks().last());
      lengths.push(await measured());
      assert.match((await written())["t br"], name === "frontal" ? /at the detector/ : /magnification/);
    }
    assert.ok(Math.abs(lengths[0] / lengths[1] - 2) < 0.1, `${lengths}`);
    await lin.picture("viewer-detector");
  });

  await step("marks stand in the image's own pixels, where these are not square", async () => {
    await thumb("slice axial").click();
    await shows("slice axial");
    await lin.page.keyboard.press("l");
    await drags([-50, -60, 40, 90]);
    await lin.sees(/ mm$/, marks().last());
    const length = await measured();
    const [request] = await Promise.all([lin.page.waitForRequest((r) => r.url().endsWith("/keys")), keep("not square")]);
    const mark = request.postDataJSON().marks.at(-1);
    const [x1, y1, x2, y2] = mark.points.map((v) => v / 100);
    assert.equal(mark.grid, 2);
    assert.ok(Math.abs(Math.hypot((x2 - x1) * 0.5, (y2 - y1) * 0.8) - length) < 0.1, `${mark.points} for ${length} mm`);
  });

  await step("marks and segments that came with the images stand on them, and are taken away", async () => {
    await thumb("slice axial").click();
    await shows("slice axial");
    const given = lin.page.locator("#given li");
    await lin.sees(/4 \/ 12/, given.filter({ hasText: "Marks" }).getByRole("button"));
    await given.filter({ hasText: "Segments" }).getByRole("button").click();
    await lin.sees(/4 \/ 12/, lin.page.locator(".vp .t.bl"));
    const over = lin.page.locator(".vp .over");
    /** How many pixels of the layer over the image have a color. */
    const painted = () => over.evaluate((c) => c.getContext("2d").getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 3 && v > 0).length);
    const drawn = (n) => lin.page.waitForFunction((n) => document.querySelector(".vp .over").dataset.drawn === String(n), n);
    await drawn(2);
    const box = await over.evaluate((c) => (c.height * c.width) / (devicePixelRatio * devicePixelRatio));
    const share = (await painted()) / box;
    assert.ok(share > 0.01 && share < 0.2, `${share} of the pane is colored: the block is 20 × 30 of 64 × 96 pixels, the image a part of the pane`);
    await lin.picture("viewer-given");
    await lin.isAccessible("what came with the images");
    await given.filter({ hasText: "Segments" }).locator("input").uncheck();
    await drawn(1);
    await given.filter({ hasText: "Segments" }).locator("input").check();
    await drawn(2);
    await lin.page.keyboard.press("ArrowDown");
    await drawn(1);
    await lin.page.keyboard.press("h");
    await drawn(0);
    await lin.page.keyboard.press("h");
  });

  await step("a length on ultrasound is true within its plane, and refused beside it", async () => {
    await thumb("echo").click();
    await shows("echo");
    await lin.page.keyboard.press("l");
    await drags([-80, -40, -40, 40]);
    await lin.sees(/^[\d.]+ mm$/, marks().last().locator("b"));
    await lin.page.keyboard.press("l");
    await drags([-40, 80, 60, 90]);
    await lin.sees(/no length/, marks().last());
    await lin.picture("viewer-echo");
    await lin.page.keyboard.press("Delete");
    await lin.page.keyboard.press("Delete");
  });

  await step("Cobb's angle does not depend on where the lines lie", async () => {
    await thumb("slice axial").click();
    await shows("slice axial");
    const rise = Math.tan(Math.PI / 18);
    for (const [dx, dy] of [[0, 100], [110, 100], [-120, 60]]) {
      await lin.page.keyboard.press("c");
      await drags([-50, -80, 50, -80 + 100 * rise], [-50 + dx, -80 + dy, 50 + dx, -80 + dy - 100 * rise]);
      await lin.page.waitForFunction((n) => document.querySelectorAll("#marks li").length > n, await marks().count() - 1);
      const angle = await measured();
      assert.ok(Math.abs(angle - 20) < 1, `${angle} where the second line stands at ${dx}, ${dy}`);
      if (dx >= 0) await lin.page.keyboard.press("Delete"); // the next one begins where this one did
    }
    await lin.picture("viewer-cobb");
  });

  await step("planes are not laid through what is no volume, and the reason is said", async () => {
    await thumb("slice tilt").click();
    await shows("slice tilt");
    await lin.page.keyboard.press("m");
    await lin.sees(/tilted by 18\.0°/);
    await thumb("slice axial").click();
    await shows("slice axial");
    await lin.page.keyboard.press("m");
    await lin.page.locator('#viewer[data-layout="mpr"]').waitFor({ timeout: volume });
    await lin.page.keyboard.press("m");
  });

  await step("what cannot be shown leaves nothing of the image before, and no tool", async () => {
    await thumb("whole").click();
    await lin.sees(/cannot be shown/);
    const w = await written();
    assert.equal(sides(w) + w["t br"] + w["t bl"], "");
    assert.equal(await lin.page.locator(".vp .gl").first().evaluate((e) => getComputedStyle(e).visibility), "hidden");
    assert.ok(await lin.page.locator('[data-tool="length"]').isDisabled());
    await lin.page.keyboard.press("k");
    assert.ok(await lin.page.locator("#key-form").isHidden());
    await lin.picture("viewer-blank");
    await lin.page.route("**/pixels/**", (r) => r.abort());
    await lin.page.reload();
    await lin.page.locator("#viewer[data-ready]").waitFor();
    await thumb("frontal").click();
    await lin.sees(/could not be fetched/);
    await lin.page.unroute("**/pixels/**");
    await shows("frontal");
    assert.ok(await lin.page.locator('[data-tool="length"]').isEnabled());
  });
});
