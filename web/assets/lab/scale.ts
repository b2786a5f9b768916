// The colors of stress: viridis (van der Walt and Smith, 2015), whose steps look equally large, also to eyes that do not see red or green, and in gray.
import { Color, SRGBColorSpace } from "three";

/** Bone, and what was not computed. */
export const ivory = "#e3d9c3";

const stops = ["#440154", "#46327f", "#365c8d", "#277f8e", "#1fa187", "#4ac26d", "#9fda3a", "#fde725"];

export const gradient = `linear-gradient(90deg, ${stops.join(", ")})`;

/** A number of one or two figures that is not less than v, of which quarters are read easily. */
export function roundUp(v: number): number {
  if (!(v > 0)) return 1;
  const ten = 10 ** Math.floor(Math.log10(v));
  return (([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10] as const).find((n) => n * ten >= v * (1 - 1e-9)) ?? 10) * ten;
}

/** Where the scale ends: one voxel on a step of the model has far more than all others, and would leave one color for the rest. */
export function top(values: Float32Array): number {
  const known = values.filter((v) => !Number.isNaN(v)).sort();
  return roundUp(known[Math.floor(known.length * 0.995)] ?? 0);
}

/** Linear red, green and blue of each value, ivory where there is none. */
export function paint(values: Float32Array, end: number): Float32Array<ArrayBuffer> {
  const table = ramp(256);
  const none = new Color().setStyle(ivory, SRGBColorSpace);
  const out = new Float32Array(values.length * 3);
  values.forEach((v, i) => {
    const c = Number.isNaN(v) ? none : (table[Math.max(0, Math.min(255, Math.round((255 * v) / end)))] as Color);
    c.toArray(out, 3 * i);
  });
  return out;
}

function ramp(n: number): Color[] {
  const fixed = stops.map((s) => new Color().setStyle(s, SRGBColorSpace));
  return Array.from({ length: n }, (_, i) => {
    const at = (i / (n - 1)) * (fixed.length - 1);
    const low = Math.min(fixed.length - 2, Math.floor(at));
    return (fixed[low] as Color).clone().lerp(fixed[low + 1] as Color, at - low);
  });
}
