// A rehearsal in one sitting: from a real CT to surface, plan, guide, stress and registration, looked at, measured, and a picture of it in the case.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hospital, root } from "./hospital.js";
import { Person, desk, launch, phone } from "./person.js";
import { Story } from "./story.js";

const folder = mkdtempSync(join(tmpdir(), "lab-"));
const job = 300_000; // ms for what the node computes, on a machine that may be busy
const circle = "/usr/share/doc/openigtlink-examples/examples/Tracker/TrackerServer.cxx"; // libopenigtlink's own tracker: a tool on a circle of 50 mm
let browser, harbor, lin, port, tracker;

/** A port of this machine that nobody listens at. */
async function freePort() {
  const s = createServer();
  await new Promise((done) => s.listen(0, "127.0.0.1", done));
  const { port } = s.address();
  await new Promise((done) => s.close(done));
  return port;
}

/** A block as an STL file in text. */
function block(x, y, z) {
  const corner = (n) => [x * (n & 1), y * ((n >> 1) & 1), z * ((n >> 2) & 1)].join(" ");
  const faces = [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]];
  const facet = (f) => `facet normal 0 0 0\nouter loop\n${f.map((n) => `vertex ${corner(n)}`).join("\n")}\nendloop\nendfacet`;
  return `solid block\n${faces.map(facet).join("\n")}\nendsolid block\n`;
}

before(async () => {
  harbor = new Hospital("Harbor City Hospital", "36.0671,120.3826", [
    { username: "he", name: "He Jing", roles: ["administrator", "coordinator"] },
    { username: "lin", name: "Dr. Lin Hai", roles: ["surgeon"] },
  ]);
  const made = spawnSync("g++", ["-w", "-I/usr/include/openigtlink", circle, "-o", join(folder, "tracker"), "-lOpenIGTLink", "-lpthread"], { encoding: "utf8" });
  assert.equal(made.status, 0, `${made.stderr} (Debian: g++, libopenigtlink-dev, openigtlink-examples)`);
  port = await freePort();
  harbor.settings = ["--tracker", `Theater 3=127.0.0.1:${port}`];
  await harbor.open();
  browser = await launch();
  lin = await Person.at(browser, harbor, "Dr. Lin");
});

after(async () => {
  tracker?.kill("SIGKILL");
  await browser?.close();
  await harbor?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test("a rehearsal in one sitting", async (t) => {
  const story = new Story(t);
  story.people = [lin];
  const step = (name, play) => story.step(name, play);
  const stage = lin.page.locator("#lab-stage");
  const canvas = stage.locator("canvas").first();
  let casePath;

  /** Waits until the stage has drawn all that it knows, and stands. */
  const rest = async (n = 0) => {
    await stage.and(lin.page.locator("[data-ready]")).waitFor({ timeout: job });
    await lin.page.waitForFunction((n) => {
      const { rests, frames } = document.getElementById("lab-stage").dataset;
      return rests === "true" && Number(frames) > n;
    }, n, { timeout: job });
  };
  const drawn = async () => Number(await stage.getAttribute("data-frames"));
  const key = async (name) => {
    const n = await drawn();
    await lin.page.keyboard.press(name);
    await rest(n);
  };
  /** Waits until a job has brought what a view shows; nobody reloads the page. */
  const comes = async (view) => {
    await lin.page.locator(`#lab-stage button[data-view="${view}"]:not(:disabled)`).waitFor({ timeout: job });
    const n = await drawn();
    await lin.page.locator(`#lab-stage button[data-view="${view}"]`).click();
    await rest(n);
    await stage.locator(".coming").waitFor({ state: "hidden", timeout: job });
  };
  /** Points at the bone for a field of a form: at a share of the picture from its left top, seen from the front. */
  const point = async (field, x, y) => {
    const row = lin.page.locator(`[data-pick="${field}"]`);
    await row.evaluate((e) => (e.closest("details").open = true));
    await row.getByRole("button").click();
    await lin.sees("Choose the point on the surface.");
    const box = await canvas.boundingBox();
    await lin.page.mouse.click(box.x + box.width * x, box.y + box.height * y);
    await lin.sees("Point taken:");
    return row.locator("[data-pick-point]").inputValue();
  };
  const front = async (view) => {
    await rest();
    await lin.page.locator(`#lab-stage button[data-view="${view}"]`).click();
    await key("1");
  };

  await step("a case whose CT is filed", async () => {
    await lin.signIn("lin");
    await lin.follow("New case");
    await lin.follow("Hemifacial spasm: microvascular decompression");
    await lin.fill({ urgency: "routine", side: "right", sex: "female", age: 52, title: "Hemifacial spasm, right" });
    await lin.press("Open the case");
    casePath = new URL(lin.page.url()).pathname;
    await lin.open(`${casePath}/say/consent`);
    await lin.fill({ "scope.consult": "granted", "scope.images": "granted", "scope.recording": "refused", "scope.teaching": "refused", "scope.research": "refused", "scope.identity": "refused", text: "2025-1" });
    await lin.press("Record the consent");
    const zip = join(folder, "head.zip");
    const made = spawnSync("go", ["run", "./demo/headct", zip, "108", "2026-11-24", "A4711"], { cwd: root, encoding: "utf8" });
    assert.equal(made.status, 0, made.stderr);
    await lin.open(casePath);
    await lin.fill({ files: zip });
    await lin.press("File in the case");
    await lin.sees(/108 images filed/, lin.page.getByRole("main"));
  });

  await step("the empty lab teaches, and the surface comes without a reload", async () => {
    await lin.open(`${casePath}/lab`);
    await lin.sees("Make the surface");
    await lin.isAccessible("the empty lab");
    await lin.picture("lab-empty", { fullPage: true });
    await lin.press("Make the surface");
    await comes("surface");
    await lin.picture("lab-surface", { fullPage: true });
  });

  await step("distances are measured on the bone, and slices stand in it", async () => {
    await front("surface");
    await lin.page.keyboard.press("l");
    const box = await canvas.boundingBox();
    for (const x of [0.42, 0.58]) await lin.page.mouse.click(box.x + box.width * x, box.y + box.height * 0.25);
    await lin.sees(/\d+\.\d mm between the points/);
    await lin.page.keyboard.press("Escape");
    await front("slices");
    await lin.sees(/of 108/, lin.page.locator(".mover"));
    await lin.picture("lab-slices");
  });

  const places = [];
  await step("cuts and landmarks are placed on the bone", async () => {
    await front("surface");
    for (const [x, y, tilt, turn] of [[0.42, 0.3, 12, 0], [0.5, 0.24, 15, 90]]) {
      await point("plane-point", x, y);
      await lin.fill({ tilt, turn });
      await lin.press("Add the cut");
      await front("surface");
    }
    for (const [name, x, y] of [["forehead", 0.5, 0.3], ["left temple", 0.56, 0.24], ["right brow", 0.4, 0.42], ["high", 0.47, 0.23]]) {
      places.push([name, (await point("landmark-point", x, y)).split(" ").map(Number)]);
      await lin.fill({ "landmark-name": name });
      await lin.press("Add the landmark");
      await front("surface");
    }
    await front("plan");
    await lin.sees("12°", lin.page.locator(".tags"));
    await lin.sees("left temple", lin.page.locator(".tags"));
    await lin.picture("lab-plan");
    // What is at the patient's left is at +x, and on the viewer's right.
    assert.ok(places[1][1][0] > places[2][1][0] + 10, `left temple ${places[1][1]}, right brow ${places[2][1]}`);
  });

  await step("a guide is made, checked, and lifted off", async () => {
    await front("surface");
    await point("guide-center", 0.42, 0.3);
    await lin.page.getByRole("checkbox", { name: "B", exact: true }).uncheck(); // its slot would lie beside the patch
    await lin.press("Make the guide");
    await comes("guide");
    await lin.sees("Sign as designer");
    await lin.picture("lab-guide", { fullPage: true });
    // What the page gives is what a printer's program takes as it is.
    const link = await lin.page.locator(".print a[download]", { hasText: "3MF" }).first().getAttribute("href");
    const file = join(folder, "guide.3mf");
    writeFileSync(file, await (await lin.page.request.get(link)).body());
    const slicer = spawnSync("prusa-slicer", ["--info", file], { encoding: "utf8" });
    assert.ok(slicer.status === 0 && /manifold = yes/.test(slicer.stdout) && /number_of_parts = +1\b/.test(slicer.stdout) && !/repair/i.test(slicer.stdout + slicer.stderr), `prusa-slicer (Debian) says: ${slicer.stdout}${slicer.stderr}`);
    await comes("apart");
    await lin.picture("lab-apart");
    await lin.sees("Guide", lin.page.locator(".tags"));
  });

  await step("an implant is brought, moved by hand, and measured where it is", async () => {
    await front("surface");
    await point("implant-point", 0.5, 0.3);
    const plate = join(folder, "plate.stl");
    writeFileSync(plate, block(24, 10, 3));
    await lin.fill({ "implant-file": plate });
    await lin.press("Place it");
    const card = lin.page.locator(".implant");
    await card.waitFor({ timeout: job });
    await lin.sees("24.0 × 10.0 × 3.0 mm", card);
    await rest();
    await stage.locator('button[data-view="plan"]').click();
    await stage.locator(".coming").waitFor({ state: "hidden", timeout: job });
    await card.getByRole("button", { name: "Move it on the stage" }).click();
    await lin.sees("Drag an arrow, the ring or the middle.");
    const at = async () => (await card.locator('[data-move-field="implant-at"]').inputValue()).split(" ").map(Number);
    const before = await at();
    for (let n = 0; n < 5; n++) await lin.page.keyboard.press("PageUp"); // to the eye: away from the forehead
    const after = await at();
    assert.ok(Math.abs(Math.hypot(...after.map((v, i) => v - before[i])) - 5) < 0.05, `${before} to ${after}`);
    await lin.picture("lab-implant");
    await card.getByRole("button", { name: "Measure it here" }).click();
    await card.filter({ hasText: "version 2" }).waitFor({ timeout: job });
    await lin.sees(/clear of it by \d\.\d\d mm/, card);
  });

  await step("the bone is loaded, and the stress is seen", async () => {
    await front("surface");
    await point("load-point", 0.42, 0.33);
    await lin.fill({ calibration: "Phantom of the scanner", margin: 12, levels: 1 });
    await lin.sees("bonded to the bone: Ti-6Al-4V ELI, ASTM F136", lin.page.locator("#form-strength")); // the plate lies beside the bone, so it is left out
    await lin.press("Compute");
    await comes("stress");
    await lin.sees("von Mises stress", stage);
    await lin.sees(/Factor of risk/, stage);
    await lin.picture("lab-stress", { fullPage: true });
  });

  await step("the tracker's points are fitted", async () => {
    // The tracker's own millimeters: turned by 90 degrees about the head's axis and shifted, with half a millimeter of error.
    const wobble = [0.3, -0.4, 0.2, -0.1];
    const lines = places.map(([name, [x, y, z]], i) => `${name}: ${(-y - 60 + wobble[i]).toFixed(2)} ${x.toFixed(2)} ${(z - 110 - wobble[i]).toFixed(2)}`);
    await lin.fill({ points: lines.join("\n") });
    await lin.press("Fit the points");
    await lin.sees(/Fit of 4 points, FRE/);
    await lin.sees("A small FRE does not prove a small TRE.");
  });

  await step("a tracker's tool is seen on the bone and in the slices, and what is old is red", async () => {
    const card = lin.page.locator("#form-tracker");
    const is = (state) => card.and(lin.page.locator(`[data-track="${state}"]`)).waitFor({ timeout: job });
    await rest();
    await stage.locator('button[data-view="slices"]').click();
    await card.getByLabel("Slices follow the tool").check();
    await card.getByRole("button", { name: "Listen", exact: true }).click();
    await lin.sees(/The line to Theater 3 is lost/, card); // nobody is there yet
    tracker = spawn(join(folder, "tracker"), [String(port), "50"], { stdio: "ignore" });
    await is("fresh");
    await lin.sees("Connected to Theater 3", card);
    await lin.sees(/through registration 1: 95 of 100 below \d/, card);
    await lin.sees(/^Tracker: \d+ ms$/, stage.locator(".tag.tool"));
    // Where it is drawn is where the tracker's circle lies in the images, by the turn and the shift of the touched points.
    const [x, y] = (await lin.page.locator("[data-track-tools] span").first().innerText()).match(/-?\d+\.\d/g).map(Number);
    assert.ok(Math.abs(Math.hypot(-60 - y, x) - 50) < 4, `the tool is at ${x}, ${y}`);
    await stage.scrollIntoViewIfNeeded();
    const off = (await lin.page.locator("[data-track-tools] span").first().innerText()).match(/(\d+\.\d) mm from plane A and (\d+\.\d)° out of it/); // the tip from the planned cut, and the tool's angle to it
    assert.ok(off && Number(off[2]) <= 90, "the tool's distance and angle from the planned cut");
    await lin.picture("lab-tracker");
    await lin.page.emulateMedia({ colorScheme: "dark" });
    await lin.picture("lab-tracker-dark");
    await lin.page.emulateMedia({ colorScheme: "light" });
    await lin.isAccessible("the lab while it listens");
    tracker.kill("SIGKILL");
    await is("stale");
    await lin.sees(/^Tracker: OLD, \d/, stage.locator(".tag.old"));
    await lin.sees(/The line to Theater 3 is lost/, card);
    await lin.picture("lab-tracker-old", { fullPage: true });
    await lin.sees(/is not drawn any more/, card);
    await stage.locator(".tag.old").waitFor({ state: "detached" });
    await card.getByRole("button", { name: "Stop listening" }).click();
    await lin.sees("Not listening.", card);
  });

  await step("a picture of the stage goes into the case", async () => {
    await rest();
    await comes("guide");
    await lin.page.keyboard.press("k");
    await lin.page.getByLabel("What it shows").fill("The guide sits right of the midline.");
    await lin.page.getByRole("button", { name: "File in the case" }).last().click();
    await lin.sees("The picture is in the case.");
    await lin.open(casePath);
    await lin.sees("The guide sits right of the midline.");
    await lin.picture("lab-case", { fullPage: true });
  });

  await step("the segmentation is changed by hand: painted, undone, kept, grown and parted", async () => {
    const board = lin.page.locator("#segment-board");
    const film = board.locator("canvas");
    const ready = () => board.and(lin.page.locator("[data-ready]")).waitFor({ timeout: job });
    const strokes = (n) => board.and(lin.page.locator(`[data-strokes="${n}"]`)).waitFor();
    const at = async (x, y) => {
      const box = await film.boundingBox();
      return [box.x + box.width * x, box.y + box.height * y];
    };
    const drag = async (from, to) => {
      await lin.page.mouse.move(...(await at(...from)));
      await lin.page.mouse.down();
      await lin.page.mouse.move(...(await at(...to)), { steps: 6 });
      await lin.page.mouse.up();
    };
    /** Waits until the version that was ordered is what the board changes. */
    const becomes = async (before) => {
      await lin.page.waitForFunction((id) => document.getElementById("segment-board").dataset.of !== id, before, { timeout: job });
      return board.getAttribute("data-of");
    };
    await lin.open(`${casePath}/lab/segment`);
    await ready();
    await lin.isAccessible("the board");
    const surface = await board.getAttribute("data-of");
    await drag([0.45, 0.5], [0.55, 0.5]); // inside of the skull, where nothing belongs
    await strokes(1);
    await board.getByRole("button", { name: "Take away" }).click();
    await drag([0.3, 0.2], [0.5, 0.1]);
    await strokes(2);
    await lin.page.keyboard.press("Control+z");
    await strokes(1);
    await lin.page.keyboard.press("Control+Shift+z");
    await strokes(2);
    await board.getByRole("button", { name: "Undo" }).click();
    await strokes(1);
    await lin.page.keyboard.press("b");
    await film.focus(); // and by keys alone: down, ten voxels to the right, up
    await lin.page.keyboard.press("Space");
    await lin.page.keyboard.press("Shift+ArrowRight");
    await lin.page.keyboard.press("Space");
    await strokes(2);
    await lin.sees("Painted and not kept: 2");
    await lin.picture("segment-painted", { fullPage: true });
    await lin.press("Keep as a new version");
    await lin.sees("The new version is being made.");
    const first = await becomes(surface);
    await lin.sees(/strokes: 2/);
    await ready();
    await lin.picture("segment-kept", { fullPage: true });
    // Seeds inside and outside; then the walker decides between them.
    await board.getByRole("button", { name: "Seed inside" }).click();
    await drag([0.47, 0.5], [0.53, 0.5]);
    await board.getByRole("button", { name: "Seed outside" }).click();
    await drag([0.44, 0.4], [0.56, 0.4]);
    await lin.page.locator('[data-segment-form="walk"]').evaluate((e) => (e.closest("details").open = true));
    await lin.sees("Seeds: 1 inside, 1 outside");
    await lin.picture("segment-seeds", { fullPage: true });
    await lin.press("Decide by the seeds");
    const second = await becomes(first);
    await lin.sees(/random walker: 1/);
    // Bones that touch are parted; the one is kept that somebody points at.
    const parting = lin.page.locator('[data-segment-form="part"]');
    await parting.evaluate((e) => (e.closest("details").open = true));
    await lin.press("Part");
    const third = await becomes(second);
    await lin.sees(/parting: 1/);
    const growing = lin.page.locator('[data-segment-form="grow"]');
    await growing.evaluate((e) => (e.closest("details").open = true));
    await growing.getByRole("button", { name: "Point in the picture" }).click();
    await lin.page.mouse.click(...(await at(0.5, 0.5)));
    await lin.fill({ "grow-low": 3000 }, growing);
    await lin.press("Grow"); // nothing lies in this range there
    await lin.page.locator(".beside").getByText("Nothing lies between these borders.").first().waitFor({ timeout: job }); // the job says why, and what was there stays
    assert.equal(await board.getAttribute("data-of"), third);
    await lin.follow("Make its surface");
    await lin.press("Make the surface");
    await lin.page.locator(".way").getByText("Changed by hand, version 3").waitFor({ timeout: job });
  });

  await step("another program's segmentation is taken over; one of other images is refused with words", async () => {
    await lin.open(`${casePath}/lab`);
    const form = lin.page.locator("#form-bring");
    const href = await lin.page.locator('a[href*="seg.dcm"]').first().getAttribute("href");
    const own = await lin.page.evaluate(async (url) => Array.from(new Uint8Array(await (await fetch(url)).arrayBuffer())), href);
    const bring = async (name, buffer) => {
      await form.locator("details").evaluate((e) => (e.open = true));
      await form.locator('input[type="file"]').setInputFiles({ name, mimeType: "application/dicom", buffer });
      await lin.press("Take it over");
    };
    await bring("knee.dcm", readFileSync(new URL("../../lab/derived/testdata/peer-binary.dcm", import.meta.url)));
    await lin.sees(/This segmentation was made on other images/, form);
    await lin.picture("lab-bring", { fullPage: true });
    await bring("skull.dcm", Buffer.from(own));
    await lin.sees("The segmentation was taken over.");
    await lin.sees(/from skull\.dcm, version/);
    await lin.sees("on the voxels of these images");
    await lin.page.locator("#segment-board[data-ready]").waitFor({ timeout: job });
    await lin.isAccessible("the board of what was taken over");
    await lin.picture("segment-brought", { fullPage: true });
  });

  await step("without a graphics card, in both languages, on a phone and in the dark", async () => {
    await lin.open(`${casePath}/lab#stress`);
    await rest();
    await lin.isAccessible("the lab");
    await stage.getByRole("switch", { name: "No graphics card" }).click();
    const still = stage.getByRole("img", { name: "Stress colors on the bone around the load" });
    await lin.sees(still);
    await still.evaluate((e) => e.decode());
    await stage.getByRole("button", { name: "Turn left 15°" }).click();
    await still.evaluate((e) => e.decode());
    await lin.picture("lab-bare");
    await lin.page.setViewportSize(phone);
    await lin.open(`${casePath}/lab#guide`);
    await rest();
    await lin.isAccessible("the lab on a phone");
    await lin.picture("lab-phone", { fullPage: true });
    await lin.page.setViewportSize(desk);
    await lin.page.getByRole("button", { name: "中文" }).click();
    await rest();
    await lin.sees("导板", stage);
    await lin.isAccessible("the lab in Chinese");
    await lin.page.emulateMedia({ colorScheme: "dark" });
    await lin.picture("lab-zh-dark", { fullPage: true });
    const board = lin.page.locator("#segment-board");
    const film = async (name) => {
      await lin.open(`${casePath}/lab/segment`);
      await board.and(lin.page.locator("[data-ready]")).waitFor({ timeout: job });
      await lin.isAccessible(`the board, ${name}`);
      await lin.picture(name, { fullPage: true });
    };
    await film("segment-zh-dark");
    await lin.page.setViewportSize(phone);
    await film("segment-phone");
  });
});
