// A coarser surface for the time that a hand turns a large one on a computer without a graphics card: points that lie in one cell of a grid become one
// (vertex clustering, Rossignac and Borrel 1993). It is never measured on, and the full surface is back when the hand rests.
import type { Mesh } from "./glb";

const enough = 30_000; // triangles that a processor turns fluently

/** The coarser surface and which of its points stands for each point, or nothing where the surface is small enough as it is. */
export function coarse(mesh: Mesh): { mesh: Mesh; of: Uint32Array } | undefined {
  const triangles = mesh.triangles.length / 3;
  if (triangles <= 2 * enough) return undefined;
  const cell = Math.sqrt((2 * area(mesh)) / enough);
  const { of, points } = cluster(mesh.points, cell);
  const kept: number[] = [];
  const t = mesh.triangles;
  for (let i = 0; i < t.length; i += 3) {
    const a = of[t[i] as number] as number, b = of[t[i + 1] as number] as number, c = of[t[i + 2] as number] as number;
    if (a !== b && b !== c && c !== a) kept.push(a, b, c);
  }
  return { mesh: { points, triangles: new Uint32Array(kept) }, of };
}

function area({ points: p, triangles: t }: Mesh): number {
  let sum = 0;
  for (let i = 0; i < t.length; i += 3) {
    const a = 3 * (t[i] as number), b = 3 * (t[i + 1] as number), c = 3 * (t[i + 2] as number);
    const [ux, uy, uz] = [0, 1, 2].map((k) => (p[b + k] as number) - (p[a + k] as number)) as [number, number, number];
    const [vx, vy, vz] = [0, 1, 2].map((k) => (p[c + k] as number) - (p[a + k] as number)) as [number, number, number];
    sum += Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / 2;
  }
  return sum;
}

/** The cell of each point, and the mean of each cell's points. */
function cluster(points: Float32Array, cell: number): { of: Uint32Array; points: Float32Array<ArrayBuffer> } {
  const cells = new Map<number, number>();
  const of = new Uint32Array(points.length / 3);
  const sums: number[] = [];
  const counts: number[] = [];
  const at = (v: number): number => Math.floor(v / cell) & 0xffff;
  for (let i = 0; i < of.length; i++) {
    const [x, y, z] = [points[3 * i] as number, points[3 * i + 1] as number, points[3 * i + 2] as number];
    const key = (at(x) * 65536 + at(y)) * 65536 + at(z);
    let n = cells.get(key);
    if (n === undefined) {
      n = counts.length;
      cells.set(key, n);
      counts.push(0);
      sums.push(0, 0, 0);
    }
    of[i] = n;
    counts[n] = (counts[n] as number) + 1;
    sums[3 * n] = (sums[3 * n] as number) + x;
    sums[3 * n + 1] = (sums[3 * n + 1] as number) + y;
    sums[3 * n + 2] = (sums[3 * n + 2] as number) + z;
  }
  return { of, points: Float32Array.from(sums, (v, i) => v / (counts[Math.floor(i / 3)] as number)) };
}
