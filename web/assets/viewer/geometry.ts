// Where images and marks stand, by numbers alone: nothing of a viewer is needed to try it. Lengths are millimeters, directions and places the patient's.

export type Vector = [number, number, number];

/** What is said of where a frame stands. Spacing is between rows, then between columns (PS3.3 section 10.7.1.3). */
export interface Placed {
  position?: number[];
  orientation?: number[];
  spacing?: number[];
}

/** The plane of an image: the center of its first pixel, along its rows to the right, along its columns down, and the step to the next column and row. */
export interface Plane {
  origin: Vector;
  right: Vector;
  down: Vector;
  step: [number, number];
}

export const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

const vector = (list: number[], from: number): Vector => [list[from] ?? 0, list[from + 1] ?? 0, list[from + 2] ?? 0];

/** The plane of a frame. One that does not say where it stands gets a plane of its own, in which a pixel is as large as it says, or one unit. */
export function planeOf(frame: Placed, n: number): Plane {
  const o = frame.orientation ?? [1, 0, 0, 0, 1, 0];
  const [rows, columns] = frame.spacing ?? [1, 1];
  return { origin: vector(frame.position ?? [0, 0, n], 0), right: vector(o, 0), down: vector(o, 3), step: [columns || 1, rows || 1] };
}

/** Column and row of a place, counted from the top left corner of the first pixel: centers of pixels are halves. */
export function toPixel(p: Plane, place: Vector): [number, number] {
  const d = minus(place, p.origin);
  return [dot(d, p.right) / p.step[0] + 0.5, dot(d, p.down) / p.step[1] + 0.5];
}

/** The place of a column and a row. */
export function toWorld(p: Plane, [column, row]: [number, number]): Vector {
  const x = (column - 0.5) * p.step[0];
  const y = (row - 0.5) * p.step[1];
  return [0, 1, 2].map((i) => (p.origin[i] as number) + (p.right[i] as number) * x + (p.down[i] as number) * y) as Vector;
}

/** Marks of key images that say no grid were filed with the spacing of rows along a row and that of columns along a column. This is what they meant. */
export function regrid(p: Plane, [column, row]: [number, number], grid: number | undefined): [number, number] {
  return grid ? [column, row] : [((column - 0.5) * p.step[1]) / p.step[0] + 0.5, ((row - 0.5) * p.step[0]) / p.step[1] + 0.5];
}

const degrees = 180 / Math.PI;
const steep = 60; // degrees: a line of an end plate is flatter, the axis of a long bone is not

/** The tilt of a line against a direction, above -90 and up to 90 degrees, whichever end it was begun at. */
function tilt(line: Vector, along: Vector, up: Vector): number {
  const a = Math.atan2(dot(line, up), dot(line, along)) * degrees;
  return a > 90 ? a - 180 : a <= -90 ? a + 180 : a;
}

/**
 * Cobb's angle of two lines, given by their ends: by how much one end plate is tilted against the other, each read from the image's left to its right. It does not
 * matter where the lines lie and from which end they were drawn. Above 90 degrees, as in severe curves, the other angle of the two lines is told too. Two lines
 * that both stand steeper than 60 degrees are axes and no end plates: they are read from top to bottom.
 */
export function cobb(points: Vector[], right: Vector, up: Vector): { angle: number; other?: number } {
  const [a, b, c, d] = points as [Vector, Vector, Vector, Vector];
  const lines = [minus(b, a), minus(d, c)];
  const tilts = lines.map((line) => tilt(line, right, up));
  const axes = tilts.every((t) => Math.abs(t) > steep);
  const [one, two] = (axes ? lines.map((line) => tilt(line, up, right)) : tilts) as [number, number];
  const angle = Math.abs(one - two);
  return angle > 90 ? { angle, other: 180 - angle } : { angle };
}

/** Why planes cannot be laid through slices: the name of a phrase, and its parts. */
export interface Fault {
  why: "short" | "color" | "placeless" | "unlike" | "repeated" | "tilted" | "uneven";
  by?: number; // degrees of the tilt, or the smallest step
  to?: number; // the largest step
}

const parallel = 1e-3; // cosines are written with six decimals
const leaning = 0.5; // degrees against the normal that no plane shows
const uneven = 0.05; // of a step

/** What keeps slices from being a rectangular volume; undefined: nothing does. The order of the slices does not matter. */
export function volumeFault(slices: { rows: number; columns: number; color?: boolean; frame: Placed }[]): Fault | undefined {
  const first = slices[0];
  if (!first || slices.length < 3) return { why: "short" };
  if (slices.some((s) => s.color)) return { why: "color" };
  const { position, orientation, spacing } = first.frame;
  if (!position || !orientation || !spacing) return { why: "placeless" };
  const like = (a: number[] | undefined, b: number[]): boolean => b.every((v, i) => Math.abs(v - (a?.[i] ?? 9e9)) < parallel);
  if (!slices.every((s) => s.rows === first.rows && s.columns === first.columns && s.frame.position && like(s.frame.orientation, orientation) && like(s.frame.spacing, spacing)))
    return { why: "unlike" };
  const places = slices.map((s) => vector(s.frame.position as number[], 0));
  return placesFault(places, cross(vector(orientation, 0), vector(orientation, 3)));
}

function placesFault(places: Vector[], normal: Vector): Fault | undefined {
  const sorted = [...places].sort((a, b) => dot(a, normal) - dot(b, normal));
  const steps = sorted.slice(1).map((p, i) => dot(minus(p, sorted[i] as Vector), normal));
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  const middle = [...steps].sort((a, b) => a - b)[steps.length >> 1] as number;
  if (least < Math.max(1e-3, middle * uneven)) return { why: "repeated" };
  const all = minus(sorted[sorted.length - 1] as Vector, sorted[0] as Vector);
  const lean = Math.acos(Math.min(1, Math.abs(dot(all, normal)) / Math.hypot(...all))) * degrees;
  if (lean > leaning) return { why: "tilted", by: lean };
  if (most - middle > middle * uneven || middle - least > middle * uneven) return { why: "uneven", by: least, to: most };
  return undefined;
}

/** The way a direction of the screen points in the patient, by the largest part of it first: what is less than 15 degrees beside is not told. */
export function toward(d: Vector): { axis: number; positive: boolean }[] {
  const size = Math.hypot(...d) || 1;
  return [0, 1, 2]
    .filter((i) => Math.abs(d[i] as number) / size > 0.26)
    .sort((a, b) => Math.abs(d[b] as number) - Math.abs(d[a] as number))
    .map((axis) => ({ axis, positive: (d[axis] as number) > 0 }));
}

/** A part of an image of ultrasound with a scale of its own: first and last column and row, and the size of a pixel in millimeters where it shows a plane. */
export interface Region {
  from: number[];
  to: number[];
  width?: number;
  height?: number;
}

/** The plane of ultrasound in which all points lie (columns and rows); undefined: they do not lie in one, and no length between them is true. Where regions overlap, all must be of one scale. */
export function regionOf(regions: Region[], points: [number, number][]): { width: number; height: number } | undefined {
  const inside = (r: Region): boolean => points.every((p) => p.every((v, i) => v >= (r.from[i] ?? 0) && v <= (r.to[i] ?? -1) + 1));
  const [first, ...more] = regions.filter(inside);
  const { width, height } = first ?? {};
  if (!width || !height || more.some((r) => r.width !== width || r.height !== height)) return undefined;
  return { width, height };
}
