// A head that never was: a ball of bone with a peg at its right side, in front, made as a scan and turned into surfaces by the program itself.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "./hospital.js";

const size = 64; // voxels along each axis
const spacing = 2; // mm
const half = ((size - 1) * spacing) / 2; // the scan's middle is the patient's origin

export const ball = { radius: 40 };
export const peg = { at: [-30, -30, 20], radius: 9 }; // LPS mm: right, front, high

const far = (p, q) => Math.hypot(...p.map((v, i) => v - q[i]));
/** Falls off smoothly at the surface, so that the surface lies where it should and not on a voxel's edge. */
const soft = (d, r) => Math.round(Math.max(-1000, Math.min(1000, (r - d) * 250)));

/** NIfTI-1 with int16 voxels. Its axes lead to the patient's right, front and head (RAS). */
function nifti(file, value) {
  const raw = Buffer.alloc(352 + size ** 3 * 2);
  raw.writeInt32LE(348, 0);
  [3, size, size, size, 1, 1, 1, 1].forEach((v, i) => raw.writeInt16LE(v, 40 + 2 * i));
  raw.writeInt16LE(4, 70);
  raw.writeInt16LE(16, 72);
  [1, spacing, spacing, spacing].forEach((v, i) => raw.writeFloatLE(v, 76 + 4 * i));
  raw.writeFloatLE(352, 108);
  raw.writeFloatLE(1, 112);
  raw.writeUInt8(2, 123); // mm
  raw.writeInt16LE(1, 254); // the rows below say where it lies
  [[spacing, 0, 0, -half], [0, spacing, 0, -half], [0, 0, spacing, -half]].flat().forEach((v, i) => raw.writeFloatLE(v, 280 + 4 * i));
  raw.write("n+1\0", 344, "latin1");
  let at = 352;
  for (let k = 0; k < size; k++) for (let j = 0; j < size; j++) for (let i = 0; i < size; i++, at += 2) raw.writeInt16LE(value([half - i * spacing, half - j * spacing, k * spacing - half]), at);
  writeFileSync(file, raw);
}

function surface(folder, name, value) {
  const scan = join(folder, `${name}.nii`);
  const file = join(folder, `${name}.glb`);
  nifti(scan, value);
  const made = spawnSync(program, ["lab", "surface", "--in", scan, "--threshold", "0.5", "--out", file], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(made.stderr);
  return readFileSync(file);
}

/** The surfaces of the ball and of the peg as the node writes them, and the points of the ball. */
export function phantom(folder) {
  const bone = surface(folder, "bone", (p) => soft(far(p, [0, 0, 0]), ball.radius));
  const guide = surface(folder, "guide", (p) => soft(far(p, peg.at), peg.radius));
  return { bone, guide, points: pointsOf(bone) };
}

function pointsOf(glb) {
  const text = glb.readUInt32LE(12);
  const { count } = JSON.parse(glb.subarray(20, 20 + text)).accessors[0];
  return new Float32Array(glb.buffer.slice(glb.byteOffset + 28 + text, glb.byteOffset + 28 + text + 12 * count));
}

/** The scan as the scene says it, its axes those of the patient: left, back, head. */
export const volume = { dims: [size, size, size], spacing: [spacing, spacing, spacing], origin: [-half, -half, -half], directions: [1, 0, 0, 0, 1, 0, 0, 0, 1], window: [500, 2000] };

/** What stands at a voxel of that scan. */
export function voxel(i, j, k) {
  const p = [i, j, k].map((n) => n * spacing - half);
  if (far(p, peg.at) < peg.radius) return 255;
  return far(p, [0, 0, 0]) < ball.radius ? 130 : 0;
}
