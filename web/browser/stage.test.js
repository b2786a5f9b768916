// The stage of the lab page on a phantom whose every side is known: what is drawn is where it belongs, what is measured is true, and nothing is lost where something is missing.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, root } from "./hospital.js";
import { Person, launch, phone } from "./person.js";
import { ball, peg, phantom } from "./phantom.js";
import { Theater, sceneOf, values } from "./theater.js";

const folder = mkdtempSync(join(tmpdir(), "stage-"));
const slow = 60_000; // ms: a processor that is nobody's graphics card and may be busy
const skull = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3";
let browser, made, theater;

before(async () => {
  made = phantom(folder);
  theater = await Theater.open({ "bone.glb": made.bone, "guide.glb": made.guide, "values.f32": values(made.points) }, sceneOf(made));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  theater?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Somebody who looks at the stage, in a browser of their own. */
async function visitor(path = "/#surface", prepare = async () => {}) {
  const p = await Person.at(browser, theater, "Gu");
  await prepare(p.page);
  await p.open(theater.url + path);
  await stage(p).and(p.page.locator("[data-ready]")).waitFor({ timeout: slow });
  await rest(p, 0);
  return p;
}

const stage = (p) => p.page.locator("#lab-stage");
const frames = async (p) => Number(await stage(p).getAttribute("data-frames"));

/** Waits until a full frame has been drawn after the one with this number. */
const rest = (p, after) => p.page.waitForFunction((n) => {
  const { frames, rests } = document.getElementById("lab-stage").dataset;
  return rests === "true" && Number(frames) > n;
}, after, { timeout: slow });

/** Does something that draws a frame, and waits for that frame at rest. */
async function does(p, act) {
  const n = await frames(p);
  await act();
  await rest(p, n);
}

const view = (p, name) => does(p, () => p.page.locator(`button[data-view="${name}"]`).click());
const key = (p, name) => does(p, () => p.page.keyboard.press(name));

/** Where in the picture the colors are that `is` wants, what lies over the picture left away. Numbers are pixels of the page from the picture's left top. */
async function where(p, is) {
  const over = ".over, .turns, .tags, .sc, .values, .movers, .flaps, .coming";
  const hide = (hidden) => p.page.evaluate(([list, v]) => document.querySelectorAll(list).forEach((e) => (e.style.visibility = v)), [over, hidden ? "hidden" : ""]);
  await hide(true);
  const png = (await p.page.locator("#lab-stage .view").screenshot({ animations: "disabled" })).toString("base64");
  await hide(false);
  p.desk ??= await p.context.newPage(); // the stage's own page forbids what is done here
  await p.page.bringToFront();
  return p.desk.evaluate(async ([png, is]) => {
    const wanted = new Function("r", "g", "b", `return ${is}`);
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const c = canvas.getContext("2d");
    c.drawImage(image, 0, 0);
    const { data } = c.getImageData(0, 0, image.width, image.height);
    const found = { count: 0, x: 0, y: 0, left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity, width: image.width, height: image.height };
    for (let i = 0; i < data.length; i += 4) {
      if (!wanted(data[i], data[i + 1], data[i + 2])) continue;
      const [x, y] = [(i / 4) % image.width, Math.floor(i / 4 / image.width)];
      found.count++;
      found.x += x;
      found.y += y;
      Object.assign(found, { left: Math.min(found.left, x), right: Math.max(found.right, x), top: Math.min(found.top, y), bottom: Math.max(found.bottom, y) });
    }
    return { ...found, x: found.x / found.count, y: found.y / found.count };
  }, [png, is]);
}

const teal = "g > 1.6 * r && b > 1.5 * r && g > 50";
const bone = "r > g && g > b + 8 && r > 90"; // ivory, in light and in shade

/** Millimeters per pixel as the scale bar says them. */
async function mmPerPixel(p) {
  const [text, px] = await p.page.locator(".sc").evaluate((e) => [e.textContent, e.querySelector("i").getBoundingClientRect().width]);
  const [, n, unit] = /([\d.]+) (cm|mm)/.exec(text);
  return (Number(n) * (unit === "cm" ? 10 : 1)) / px;
}

const says = (p) => p.page.locator("#stage-caption").innerText();

test("the patient's right is on the viewer's left, from every side and in letters", async () => {
  const p = await visitor("/#guide");
  await key(p, "1");
  const front = await where(p, teal);
  const mm = await mmPerPixel(p);
  assert.ok(front.count > 200, "the peg is drawn");
  const at = (seen) => [(seen.x - seen.width / 2) * mm, (seen.height / 2 - seen.y) * mm];
  // The stage centers what it shows: the ball with its peg.
  assert.ok(at(front)[0] < -15, `from the front the peg is at ${at(front)}`);
  await p.sees(p.page.getByRole("img", { name: "Seen from the front" }));
  await key(p, "2");
  const back = await where(p, teal);
  assert.ok(back.count < front.count / 2 || at(back)[0] > 15, `from the back the peg is at ${at(back)}, ${back.count} pixels`);
  await key(p, "3");
  assert.ok(at(await where(p, teal))[0] > 15, "from the patient's right, the front is on the viewer's right");
  await p.sees(p.page.getByRole("img", { name: "Seen from the patient's right" }));
  await key(p, "4");
  await p.sees(p.page.getByRole("img", { name: "Seen from the patient's left" }));
  await key(p, "5");
  const above = at(await where(p, teal));
  assert.ok(above[0] < -15 && above[1] < -15, `from the head, the right is left and the front below: ${above}`);
  assert.deepEqual(p.faults, []);
});

test("the scale is true: the ball of 80 mm is 80 mm wide", async () => {
  const p = await visitor();
  await key(p, "1");
  const seen = await where(p, bone);
  const mm = await mmPerPixel(p);
  for (const [name, pixels] of [["wide", seen.right - seen.left + 1], ["high", seen.bottom - seen.top + 1]]) assert.ok(Math.abs(pixels * mm - 2 * ball.radius) < 1.5, `${pixels * mm} mm ${name}`);
});

test("two points are measured in millimeters, taken back, and none in the exploded view", async () => {
  const p = await visitor();
  await key(p, "1");
  const mm = await mmPerPixel(p);
  const box = await p.page.locator("#lab-stage canvas").first().boundingBox();
  const click = (x, y) => p.page.mouse.click(box.x + box.width / 2 + x / mm, box.y + box.height / 2 - y / mm);
  await p.page.keyboard.press("l");
  await does(p, () => click(-20, 10));
  await does(p, () => click(20, 10));
  const [measured] = /[\d.]+ mm/.exec(await says(p));
  assert.ok(Math.abs(parseFloat(measured) - 40) < 0.8, `${measured} between points that are 40 mm apart`);
  await p.sees(measured, p.page.locator(".tags"));
  await key(p, "Control+z");
  await key(p, "Control+z");
  assert.equal(await p.page.locator(".tags .tag").count(), 0);
  await click(-48, 45);
  await p.sees("There is no surface at this place.");
  await p.page.locator("#lab-stage canvas").first().focus();
  await key(p, "Enter");
  await p.sees("Choose two points on the surface.");
  await view(p, "apart");
  await p.page.keyboard.press("l");
  await p.sees("Parts are moved in this view, so nothing is measured in it.");
});

test("a point of the surface fills a form", async () => {
  const p = await visitor();
  await key(p, "1");
  const mm = await mmPerPixel(p);
  const box = await p.page.locator("#lab-stage canvas").first().boundingBox();
  await p.page.evaluate(() => document.addEventListener("lab:pick", (e) => (window.picked = e.detail)));
  await p.page.getByRole("button", { name: "Choose on the surface" }).click();
  await p.sees("Choose the point on the surface.");
  await does(p, () => p.page.mouse.click(box.x + box.width / 2 + 24 / mm, box.y + box.height / 2));
  const point = (await p.page.locator("[data-pick-point]").inputValue()).split(" ").map(Number);
  const normal = (await p.page.locator("[data-pick-normal]").inputValue()).split(" ").map(Number);
  // On a ball of 40 mm, 24 mm to the patient's left: 32 mm in front.
  [24, -32, 0].forEach((v, i) => assert.ok(Math.abs(point[i] - v) < 0.8, `point ${point}`));
  [0.6, -0.8, 0].forEach((v, i) => assert.ok(Math.abs(normal[i] - v) < 0.1, `normal ${normal}`));
  assert.equal(await p.page.locator("[data-pick-layer]").inputValue(), "bone");
  assert.equal(await p.page.evaluate(() => window.picked.pick), "landmark");
  await p.sees("Porion", p.page.locator(".tags"));
});

test("slices stand where they belong, a section opens the ball, stress has its colors", async () => {
  const p = await visitor("/#slices");
  await key(p, "1");
  await p.page.locator("#lab-stage canvas").first().focus();
  await p.sees("33 of 64", p.page.locator(".mover").first());
  await key(p, "PageUp");
  await p.sees("34 of 64", p.page.locator(".mover").first());
  await key(p, "x");
  await key(p, "Shift+PageUp");
  await p.sees("43 of 64", p.page.locator(".mover").nth(1));
  const gray = "Math.abs(r - g) < 4 && Math.abs(g - b) < 4 && r > 110 && r < 150";
  assert.ok((await where(p, gray)).count > 2000, "slices are drawn in the corner that is cut out");
  await view(p, "surface");
  const whole = (await where(p, bone)).count;
  await key(p, "c");
  await key(p, "6");
  assert.ok((await where(p, bone)).count < 0.8 * whole, "half of the ball is taken away, seen from the feet");
  await key(p, "c");
  await key(p, "1");
  await view(p, "stress");
  const yellow = await where(p, "r > 150 && g > 150 && b < 110 && r < g * 1.25 && g - b > 70");
  const violet = await where(p, "b > r + 15 && b > g + 30 && r < 110");
  const ivory = await where(p, bone);
  assert.ok(yellow.count > 50 && violet.count > 50 && ivory.count > 200, `${yellow.count} yellow, ${violet.count} violet, ${ivory.count} ivory pixels`);
  assert.ok(yellow.y < violet.y && violet.y < ivory.y, "high stress above, low in the middle, none below");
  await p.sees(/Highest 40 MPa; gives way at 90 MPa\. Factor of risk 0\.44 \(yield\)\. Ivory: not computed\./);
  await p.sees("100 N", p.page.locator(".tags"));
  await view(p, "plan");
  assert.deepEqual(await p.page.locator(".tags .tag").allInnerTexts().then((all) => all.map((t) => t.replace(/\s+/g, " "))), ["A 15°", "B 12.5°", "Peg"]);
  assert.deepEqual(p.faults, []);
});

test("nothing is drawn while nothing changes", async () => {
  const p = await visitor();
  const before = await frames(p);
  await p.page.evaluate(() => new Promise((done) => window.setTimeout(done, 700)));
  assert.equal(await frames(p), before);
});

test("a picture goes into the case with its note", async () => {
  const p = await visitor();
  await p.page.keyboard.press("k");
  await p.page.getByLabel("What it shows").fill("The peg fits.");
  await p.picture("stage-shot");
  await p.isAccessible("the picture's dialog");
  await p.page.getByRole("button", { name: "File in the case" }).click();
  await p.sees("The picture is in the case.");
  const { picture, ...said } = theater.posted;
  assert.deepEqual(said, { token: "of-this-page", field: "of-this-page", view: "surface", title: "Bone, seen from the front", note: "The peg fits." });
  assert.equal(picture.subarray(1, 4).toString(), "PNG");
  assert.ok(picture.length > 5000);
});

test("a layer that cannot be loaded is said, tried again, and leaves the others alone", async () => {
  theater.broken.add("/part/guide.glb");
  const p = await visitor("/#guide");
  await p.sees("guide could not be loaded (503).");
  assert.ok((await where(p, bone)).count > 1000, "the bone is there");
  theater.broken.clear();
  await does(p, () => p.page.getByRole("button", { name: "Try again" }).click());
  await p.misses("guide could not be loaded");
  assert.ok((await where(p, teal)).count > 100, "the guide has come");
  const { files } = theater;
  theater.files = { ...files, "bone.glb": files["bone.glb"].subarray(0, 4000) };
  const other = await visitor("/#surface");
  await other.sees("bone could not be loaded (the file is damaged).");
  theater.files = files;
});

test("what a job has made appears without a reload", async () => {
  const { scene } = theater;
  theater.scene = { ...scene, layers: scene.layers.slice(0, 1) };
  const p = await visitor();
  assert.ok(await p.page.locator('button[data-view="guide"]').isDisabled());
  theater.scene = scene;
  await p.page.evaluate(() => (document.querySelector("[data-lab-scene]").dataset.labScene = "2"));
  await p.page.locator('button[data-view="guide"]:not(:disabled)').waitFor();
  await does(p, () => p.page.getByRole("link", { name: "Guide" }).click());
  assert.equal(await stage(p).getAttribute("data-shows"), "guide");
});

test("without WebGL 2, or by choice, the node's pictures are shown and turned", async () => {
  const none = (page) => page.addInitScript(() => {
    const real = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
      return kind === "webgl2" ? null : real.call(this, kind, ...more);
    };
  });
  const p = await Person.at(browser, theater, "Gu");
  await none(p.page);
  await p.open(`${theater.url}/#guide`);
  await p.sees("This browser cannot draw in 3D (no WebGL 2).");
  await p.sees(p.page.getByRole("img", { name: "The guide as the node draws it" }));
  theater.asked = [];
  await p.page.getByRole("button", { name: "Turn right 15°" }).click();
  await p.page.waitForFunction(() => document.querySelector(".still").src.endsWith("turn=30"));
  assert.ok(await p.page.getByRole("button", { name: "Measure" }).isDisabled());
  assert.ok(theater.asked.every((url) => !url.startsWith("/part/")), "no surface is fetched");
  await p.isAccessible("the stage without a graphics card");
  const other = await visitor();
  await other.page.getByRole("switch", { name: "No graphics card" }).click();
  await other.sees("Drawn by the node: 24 views, 15° apart.");
  await other.page.getByRole("switch", { name: "No graphics card" }).click();
  await other.sees(/Drag to turn/);
});

test("the stage is accessible in both languages, on a desk and a phone, and prints the node's picture", async () => {
  const p = await visitor("/?l=zh#stress");
  await p.page.keyboard.press("v");
  await p.isAccessible("the stage");
  await p.sees("图层");
  await p.picture("stage-zh");
  await p.page.setViewportSize(phone);
  await p.isAccessible("the stage on a phone");
  await p.picture("stage-phone");
  await p.page.emulateMedia({ media: "print" });
  await p.sees(p.page.getByRole("img", { name: "The stress as the node draws it" }));
  assert.ok(await p.page.locator("#lab-stage .view > canvas").isHidden());
});

test("VR says why there is none, and with a headset measures, cuts, turns and leaves", async () => {
  const none = await visitor();
  await none.page.locator('[data-act="vr"][aria-disabled="true"]').waitFor();
  await none.page.getByRole("button", { name: /^Enter VR: / }).focus();
  const emulator = readFileSync(join(root, "node_modules", "iwer", "build", "iwer.min.js"), "utf8");
  const p = await visitor("/#surface", (page) => page.addInitScript(`${emulator};window.headset=new IWER.XRDevice(IWER.metaQuest3);window.headset.installRuntime({forceInstall:true});`));
  await p.page.getByRole("button", { name: "Enter VR", exact: true }).click();
  await p.page.getByRole("button", { name: "Leave VR" }).waitFor({ timeout: slow });
  const hand = (side, at) => p.page.evaluate(([side, at]) => window.headset.controllers[side].position.set(...at), [side, at]);
  /** Presses and lets go, each for some frames of the headset. */
  const press = async (side, button, during = async () => {}) => {
    const hold = (v) => p.page.evaluate(async ([side, button, v]) => {
      window.headset.controllers[side].updateButtonValue(button, v);
      for (let n = 0; n < 4; n++) await new Promise((done) => requestAnimationFrame(done)); // the emulator's frames are the browser's
    }, [side, button, v]);
    await hold(1);
    await during();
    await hold(1);
    await hold(0);
  };
  // The ball stands 55 cm away at the height of 125 cm; its 60 mm of radius are drawn as 22 cm.
  const mm = 0.22 / 60;
  await p.page.evaluate(() => Object.values(window.headset.controllers).forEach((c) => c.quaternion.set(0, 0, 0, 1)));
  for (const x of [-12, 12]) {
    await hand("right", [x * mm, 1.25, 0]);
    await press("right", "trigger");
  }
  const [measured] = /[\d.]+ mm/.exec(await says(p));
  assert.ok(Math.abs(parseFloat(measured) - 24) < 0.8, `${measured} between points that are 24 mm apart`);
  await p.page.evaluate(() => window.headset.position.set(0, 1.25, 0.2));
  const whole = await where(p, bone);
  // The right hand points across: of the ball stays what is farther than 8 cm before it, its half at the wearer's left.
  await p.page.evaluate(() => window.headset.controllers.right.quaternion.set(0, Math.SQRT1_2, 0, Math.SQRT1_2));
  await hand("right", [0.08, 1.25, -0.55]);
  await press("right", "thumbstick");
  const half = await where(p, bone);
  const wide = (seen) => seen.right - seen.left;
  assert.ok(Math.abs(wide(half) / wide(whole) - 0.5) < 0.12, `the cut leaves ${wide(half)} of ${wide(whole)} pixels`);
  await press("right", "thumbstick");
  await hand("left", [-0.3, 1.25, -0.3]);
  await press("left", "squeeze", () => hand("left", [-0.2, 1.25, -0.3]));
  const moved = await where(p, bone);
  assert.ok(moved.left > whole.left + 20 && moved.right > whole.right + 20, `taken by the hand the ball moves from ${whole.left} to ${moved.left}`);
  await press("right", "b-button");
  await p.page.getByRole("button", { name: "Enter VR", exact: true }).waitFor({ timeout: slow });
  await p.sees(measured, p.page.locator(".tags"));
  assert.deepEqual(p.faults, []);
});

test("a skull of half a million triangles is turned fluently by a processor, and a point on it found within 20 ms", { timeout: 4 * slow }, async (t) => {
  assert.ok(existsSync(skull), "the skull of Debian's invesalius-examples is missing: tools/test installs it");
  const file = join(folder, "skull.glb");
  const out = spawnSync(program, ["lab", "surface", "--in", skull, "--threshold", "300.5", "--largest", "--smooth", "20", "--out", file, "--json"], { encoding: "utf8" });
  assert.equal(out.status, 0, out.stderr);
  const { triangles } = JSON.parse(out.stdout);
  assert.ok(triangles > 500_000);
  const { files } = theater;
  theater.files = { ...files, "bone.glb": readFileSync(file) };
  const p = await visitor();
  theater.files = files;
  await p.picture("stage-skull");
  await p.page.keyboard.press("l");
  const box = await p.page.locator("#lab-stage canvas").first().boundingBox();
  const picks = [];
  for (const [x, y] of [[0.5, 0.5], [0.45, 0.4], [0.55, 0.45], [0.5, 0.35], [0.42, 0.5], [0.5, 0.4]]) {
    await does(p, () => p.page.mouse.click(box.x + box.width * x, box.y + box.height * y));
    picks.push(Number(await stage(p).getAttribute("data-pick")));
  }
  picks.sort((a, b) => a - b);
  const full = Number(await stage(p).getAttribute("data-frame"));
  const turning = await p.page.evaluate(async () => {
    const canvas = document.querySelector("#lab-stage canvas");
    const box = canvas.getBoundingClientRect();
    const send = (kind, x) => canvas.dispatchEvent(new PointerEvent(kind, { pointerId: 1, clientX: x, clientY: box.top + 200, buttons: 1, button: 0, bubbles: true }));
    canvas.setPointerCapture = () => {};
    const times = [];
    let last;
    send("pointerdown", box.left + 100);
    for (let n = 0; n < 40; n++) {
      send("pointermove", box.left + 110 + 4 * n);
      const now = await new Promise((done) => requestAnimationFrame(done));
      if (last !== undefined && n > 5) times.push(now - last);
      last = now;
    }
    send("pointerup", box.left + 270);
    return times.sort((a, b) => a - b);
  });
  t.diagnostic(`${triangles} triangles: a frame while turning ${turning[turning.length >> 1].toFixed(0)} ms, a full frame ${full.toFixed(0)} ms, a pick ${picks[picks.length >> 1].toFixed(1)} ms (medians)`);
  assert.ok(picks[picks.length >> 1] < 20, `a pick took ${picks} ms`);
  assert.ok(turning[turning.length >> 1] < full || full < 50, `frames of ${turning[turning.length >> 1]} ms while turning, of ${full} ms in full`);
});
