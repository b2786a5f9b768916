// Where images and marks stand, by numbers that are computed here another way. No browser is needed.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./hospital.js";

function load(name) {
  const source = readFileSync(join(root, "web/assets/viewer", name), "utf8");
  const script = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } }).outputText;
  return import(`data:text/javascript,${encodeURIComponent(script)}`);
}
const { cobb, planeOf, regionOf, regrid, toPixel, toWorld, toward, volumeFault } = await load("geometry.ts");
const { priorOf } = await load("prior.ts");

/** Numbers that are the same in each run. */
function numbers(seed) {
  let s = seed;
  return (low, high) => {
    s = (s * 1664525 + 1013904223) % 2 ** 32;
    return low + ((high - low) * s) / 2 ** 32;
  };
}

const near = (is, want, by = 1e-6, what = "") => assert.ok(Math.abs(is - want) < by, `${what} ${is}, want ${want}`);

test("Cobb's angle is that of the two lines, wherever they lie", () => {
  const draw = numbers(1);
  for (let n = 0; n < 5000; n++) {
    const [t1, t2] = [draw(-59, 59), draw(-59, 59)]; // tilts of end plates, upward to the right
    const line = (t) => {
      const [x, y, long] = [draw(-300, 300), draw(-300, 300), draw(5, 200)];
      const ends = [[x, y, 7], [x + long * Math.cos((t * Math.PI) / 180), y - long * Math.sin((t * Math.PI) / 180), 7]];
      return draw(0, 1) < 0.5 ? ends : ends.reverse();
    };
    const [a, b] = [line(t1), line(t2)];
    const is = cobb([...a, ...b], [1, 0, 0], [0, -1, 0]);
    near(is.angle, Math.abs(t1 - t2), 1e-6, `tilts ${t1} and ${t2}:`);
    near(cobb([...b, ...a], [1, 0, 0], [0, -1, 0]).angle, is.angle);
    // The independent formula: the dot product of the directions gives one of the two angles between the lines.
    const [d, e] = [a, b].map(([p, q]) => [q[0] - p[0], q[1] - p[1]]);
    const acute = (Math.acos(Math.min(1, Math.abs(d[0] * e[0] + d[1] * e[1]) / Math.hypot(...d) / Math.hypot(...e))) * 180) / Math.PI;
    near(Math.min(is.angle, 180 - is.angle), acute, 1e-5);
    assert.equal(is.other === undefined, is.angle <= 90);
  }
});

test("the lines of the review: tilted by 10° to either side, above and beside each other", () => {
  const line = (x, y, t) => [[x, y, 0], [x + 50 * Math.cos(t), y - 50 * Math.sin(t), 0]];
  const ten = Math.PI / 18;
  for (const [x, y] of [[0, 100], [80, 100], [160, 0], [-160, 5]]) near(cobb([...line(0, 0, ten), ...line(x, y, -ten)], [1, 0, 0], [0, -1, 0]).angle, 20);
  const axes = (a, b) => cobb([[0, 0, 0], [Math.sin(a), Math.cos(a), 0], [9, 9, 0], [9 + Math.sin(b), 9 + Math.cos(b), 0]], [1, 0, 0], [0, -1, 0]);
  near(axes(0.05, -0.07).angle, (0.12 * 180) / Math.PI, 1e-6, "axes of two bones:");
});

test("a pixel goes to its place and back, also where pixels are not square", () => {
  const draw = numbers(2);
  for (let n = 0; n < 1000; n++) {
    const [a, b] = [draw(0, 6), draw(0, 6)];
    const right = [Math.cos(a), Math.sin(a), 0];
    const down = [-Math.sin(a) * Math.cos(b), Math.cos(a) * Math.cos(b), Math.sin(b)];
    const spacing = [draw(0.1, 5), draw(0.1, 5)];
    const frame = { position: [draw(-200, 200), draw(-200, 200), draw(-200, 200)], orientation: [...right, ...down], spacing };
    const plane = planeOf(frame, 0);
    const [column, row] = [draw(0, 512), draw(0, 512)];
    // PS3.3 equation C.7.6.2.1-1, which counts pixels from the center of the first: Δi is the column spacing and goes along a row.
    const place = [0, 1, 2].map((i) => frame.position[i] + right[i] * spacing[1] * (column - 0.5) + down[i] * spacing[0] * (row - 0.5));
    toPixel(plane, place).forEach((v, i) => near(v, [column, row][i], 1e-6));
    toWorld(plane, [column, row]).forEach((v, i) => near(v, place[i], 1e-6));
    // What an older viewer filed had the spacings swapped; read as such it is the same place.
    const old = [((column - 0.5) * spacing[1]) / spacing[0] + 0.5, ((row - 0.5) * spacing[0]) / spacing[1] + 0.5];
    regrid(plane, old, undefined).forEach((v, i) => near(v, [column, row][i], 1e-6));
    regrid(plane, [column, row], 2).forEach((v, i) => near(v, [column, row][i], 1e-9));
  }
  near(toPixel(planeOf({}, 3), [0, 0, 3])[0], 0.5);
});

/** Slices of 64 by 64 pixels at places along an axis that leans by some degrees. */
function stack(places, lean = 0, more = {}) {
  const tan = Math.tan((lean * Math.PI) / 180);
  return places.map((z) => ({ rows: 64, columns: 64, frame: { position: [0, z * tan, z], orientation: [1, 0, 0, 0, 1, 0], spacing: [1, 1], ...more } }));
}

const evenly = (n, step) => Array.from({ length: n }, (_, i) => i * step);

test("planes are laid through rectangular volumes only", () => {
  const why = (slices) => volumeFault(slices)?.why;
  assert.equal(why(stack(evenly(24, 2.5))), undefined);
  assert.equal(why(stack(evenly(24, 2.5).reverse())), undefined);
  assert.equal(why(stack(evenly(300, 0.625), 0, { orientation: [1, 0, 0, 0, 0.999848, -0.017452] }).map((s, i) => ({ ...s, frame: { ...s.frame, position: [0, 0.017452 * i * 0.625, 0.999848 * i * 0.625] } }))), undefined, "a coronal tilt of the whole block");
  assert.equal(why(stack(evenly(2, 2.5))), "short");
  assert.equal(why(stack(evenly(9, 2), 0, { position: undefined })), "placeless");
  assert.equal(why(stack(evenly(9, 2)).map((s, i) => (i === 4 ? { ...s, rows: 32 } : s))), "unlike");
  assert.equal(why(stack(evenly(9, 2)).map((s, i) => (i === 4 ? { ...s, frame: { ...s.frame, spacing: [2, 2] } } : s))), "unlike");
  assert.equal(why(stack([...evenly(9, 5), ...evenly(9, 5)])), "repeated");
  assert.equal(why(stack(evenly(9, 5).flatMap((z) => [z, z]))), "repeated");
  assert.equal(why(stack([...evenly(12, 2), ...evenly(12, 8).map((z) => 24 + z)])), "uneven");
  assert.equal(why(stack([0, 1, 2, 4, 5])), "uneven", "a slice is missing");
  const tilted = volumeFault(stack(evenly(28, 5), 18.5));
  assert.equal(tilted.why, "tilted");
  near(tilted.by, 18.5, 1e-6);
});

test("oblique directions are named by two letters", () => {
  const named = (d) => toward(d).map(({ axis, positive }) => "LRPAHF"[2 * axis + (positive ? 0 : 1)]).join("");
  assert.equal(named([1, 0, 0]), "L");
  assert.equal(named([-0.99, 0.1, 0]), "R");
  assert.equal(named([0.8, 0.6, 0]), "LP");
  assert.equal(named([0, -0.6, -0.8]), "FA");
});

test("a length on ultrasound is true within one plane, and nowhere else", () => {
  const plane = { from: [10, 20], to: [109, 219], width: 0.2, height: 0.3 };
  const spectrum = { from: [110, 20], to: [300, 219] };
  for (const [points, want] of [
    [[[10, 20], [110, 220]], { width: 0.2, height: 0.3 }], // the edges of the first and the last pixel
    [[[50, 50], [110.5, 50]], undefined], // into the spectrum
    [[[150, 50], [200, 50]], undefined], // in the spectrum
    [[[5, 50], [50, 50]], undefined], // from outside
  ])
    assert.deepEqual(regionOf([plane, spectrum], points), want);
  assert.equal(regionOf([plane, { ...plane, width: 0.4 }], [[50, 50], [60, 60]]), undefined, "two scales at one place");
  assert.deepEqual(regionOf([plane, { ...plane }], [[50, 50], [60, 60]]), { width: 0.2, height: 0.3 }, "color flow over tissue");
});

test("a prior is of the same region, then made in the same way, then the newest", () => {
  const series = (uid, at, part, modality, n = 20) => ({ study: { uid, at }, part, modality, slices: { length: n } });
  const now = series("now", "2026-11-20", "HEAD", "CT");
  const chest = series("chest", "2026-10-01", "CHEST", "CT");
  const mr = series("mr", "2026-09-01", "BRAIN", "MR");
  const old = series("old", "2024-01-01", "Skull", "CT");
  const same = series("same", "2023-01-01", "HEAD", "CT");
  const unsaid = series("unsaid", "2026-11-01", undefined, "CT");
  const later = series("later", "2026-12-01", "HEAD", "CT");
  assert.equal(priorOf(now, [now, chest, later]), undefined, "another region, or a later day");
  assert.equal(priorOf(now, [now, chest, unsaid]), unsaid, "not known where, made in the same way");
  assert.equal(priorOf(now, [chest, unsaid, mr]), mr, "a known region before one that is not");
  assert.equal(priorOf(now, [chest, unsaid, mr, old]), old, "made in the same way before the newer");
  assert.equal(priorOf(now, [old, mr, same]), same, "the same word before another of the region");
  assert.equal(priorOf(now, [series("a", "2025", "HEAD", "CT", 300), series("b", "2025", "HEAD", "CT", 22)]).study.uid, "b", "of one day the series that is as long");
  assert.equal(priorOf(now, [series("x", "2025", undefined, "MR")]), undefined);
  assert.equal(priorOf(series("trunk", "2026", "CHESTABDOMEN", "CT"), [series("l", "2025", "LIVER", "CT")]).study.uid, "l");
});
