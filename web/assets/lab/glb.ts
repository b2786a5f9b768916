// Reads the surfaces that the node writes: binary glTF 2.0 with one mesh, whose points stand in it as they are, in millimeters in the patient. The node's own
// matrix, which makes them meters with the head up for other programs, is left alone here.

export class Damaged extends Error {}

export interface Mesh {
  points: Float32Array<ArrayBuffer>;
  triangles: Uint32Array<ArrayBuffer>;
}

interface Accessor {
  bufferView: number;
  byteOffset?: number;
  componentType: number;
  count: number;
  type: string;
}

interface Document {
  meshes: { primitives: { attributes: { POSITION: number }; indices: number }[] }[];
  accessors: Accessor[];
  bufferViews: { byteOffset?: number; byteLength: number; byteStride?: number }[];
}

const magic = 0x46546c67;
const json = 0x4e4f534a;
const float32 = 5126;
const uint32 = 5125;

export function read(file: ArrayBuffer): Mesh {
  const { document, at, length } = chunks(file);
  const primitive = document.meshes?.[0]?.primitives?.[0];
  if (!primitive) throw new Damaged("no mesh");
  const points = place(document, primitive.attributes.POSITION, float32, "VEC3", length);
  const corners = place(document, primitive.indices, uint32, "SCALAR", length);
  const mesh = { points: new Float32Array(file, at + points.offset, points.count * 3), triangles: new Uint32Array(file, at + corners.offset, corners.count) };
  check(mesh);
  return mesh;
}

function chunks(file: ArrayBuffer): { document: Document; at: number; length: number } {
  const words = new DataView(file);
  if (file.byteLength < 28 || words.getUint32(0, true) !== magic || words.getUint32(4, true) !== 2 || words.getUint32(16, true) !== json) throw new Damaged("no GLB");
  const text = words.getUint32(12, true);
  const at = 20 + text + 8;
  if (at > file.byteLength) throw new Damaged("cut off");
  const length = words.getUint32(20 + text, true);
  if (at % 4 !== 0 || at + length > file.byteLength) throw new Damaged("cut off");
  try {
    return { document: JSON.parse(new TextDecoder().decode(new Uint8Array(file, 20, text))) as Document, at, length };
  } catch {
    throw new Damaged("no document");
  }
}

/** Where an accessor's numbers stand in the buffer, after its count was compared with the bytes that are there. */
function place(document: Document, n: number, component: number, type: string, length: number): { offset: number; count: number } {
  const accessor = document.accessors?.[n];
  const view = accessor && document.bufferViews?.[accessor.bufferView];
  const size = type === "VEC3" ? 12 : 4;
  if (!view || accessor.componentType !== component || accessor.type !== type || (view.byteStride ?? size) !== size) throw new Damaged("another layout");
  const offset = (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
  const { count } = accessor;
  if (!(count > 0) || !(offset >= 0) || offset % 4 !== 0 || offset + count * size > length) throw new Damaged("cut off");
  return { offset, count };
}

function check(mesh: Mesh): void {
  const points = mesh.points.length / 3;
  if (mesh.triangles.length % 3 !== 0) throw new Damaged("a triangle of two points");
  for (const corner of mesh.triangles) if (corner >= points) throw new Damaged("a point that is not there");
}

/** Normals at the points, each the sum of its triangles' normals, larger triangles counting more. */
export function normals({ points, triangles }: Mesh): Float32Array<ArrayBuffer> {
  const n = new Float32Array(points.length);
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 3 * (triangles[t] as number), b = 3 * (triangles[t + 1] as number), c = 3 * (triangles[t + 2] as number);
    const ax = points[a] as number, ay = points[a + 1] as number, az = points[a + 2] as number;
    const ux = (points[b] as number) - ax, uy = (points[b + 1] as number) - ay, uz = (points[b + 2] as number) - az;
    const vx = (points[c] as number) - ax, vy = (points[c + 1] as number) - ay, vz = (points[c + 2] as number) - az;
    const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
    for (const i of [a, b, c]) {
      n[i] = (n[i] as number) + x;
      n[i + 1] = (n[i + 1] as number) + y;
      n[i + 2] = (n[i + 2] as number) + z;
    }
  }
  for (let i = 0; i < n.length; i += 3) {
    const length = Math.hypot(n[i] as number, n[i + 1] as number, n[i + 2] as number) || 1;
    for (let k = i; k < i + 3; k++) n[k] = (n[k] as number) / length;
  }
  return n;
}
