// A layer as it is drawn: its surface, the inside that a section lays bare, its way off in the exploded view, and the tree by which a point on it is found.
import { BackSide, BufferAttribute, BufferGeometry, Color, DoubleSide, FrontSide, Mesh as Drawn, MeshBasicMaterial, MeshLambertMaterial, Ray, SRGBColorSpace, Vector3, type Plane, type Quaternion } from "three";
import { MeshBVH } from "three-mesh-bvh";
import { coarse } from "./coarse";
import { normals, type Mesh } from "./glb";
import type { Layer } from "./scene";
import { ivory } from "./scale";

const colors: Record<Layer["kind"], string> = { surface: ivory, guide: "#12847c", implant: "#a7b1c4", mirror: "#9a5cb4", model: "#d9b98b", stress: "#ffffff" };
const named: Record<string, string> = { bone: ivory, guide: colors.guide, implant: colors.implant, model: colors.model };

export interface Hit {
  point: Vector3; // in the patient, wherever the part is drawn
  normal: Vector3;
  layer: string;
  distance: number;
}

export class Part {
  readonly mesh: Drawn<BufferGeometry, MeshLambertMaterial>;
  /** The back faces, unlit: where a section cuts a closed part open it looks solid. */
  readonly inside: Drawn<BufferGeometry, MeshBasicMaterial>;
  /** Where its file has it, of a part that is being moved by hand. */
  placed?: { at: Vector3; turned: Quaternion };
  private tree?: MeshBVH;
  private coarser?: BufferGeometry | null; // null: the surface is small enough
  private readonly full: BufferGeometry;

  constructor(readonly layer: Layer, private readonly read: Mesh, private readonly values?: Float32Array) {
    const geometry = (this.full = geometryOf(read, values));
    const color = new Color().setStyle(values ? "#ffffff" : (named[layer.color ?? ""] ?? colors[layer.kind]), SRGBColorSpace);
    this.mesh = new Drawn(geometry, new MeshLambertMaterial({ color, vertexColors: values !== undefined, side: FrontSide }));
    this.inside = new Drawn(geometry, new MeshBasicMaterial({ color: color.clone().multiplyScalar(0.55), vertexColors: values !== undefined, side: BackSide }));
    this.inside.visible = false;
    this.mesh.add(this.inside);
    this.mesh.name = layer.id;
    if (layer.kind === "mirror") this.opacity = 0.45;
  }

  get triangles(): number {
    return this.read.triangles.length / 3;
  }

  /** Builds the tree, which takes a moment for a large surface: called while nobody waits, or by the first pick. */
  ready(): MeshBVH {
    return (this.tree ??= new MeshBVH(this.full));
  }

  /** Between the full surface and the one for turning it. */
  rough(on: boolean): void {
    if (on && this.coarser === undefined) {
      const { mesh, of } = coarse(this.read) ?? {};
      this.coarser = mesh ? geometryOf(mesh, this.values && of ? pick(this.values, of, mesh.points.length) : undefined) : null;
    }
    this.mesh.geometry = this.inside.geometry = (on && this.coarser) || this.full;
  }

  set opacity(share: number) {
    for (const m of [this.mesh.material, this.inside.material]) {
      m.opacity = share;
      m.transparent = share < 1;
      m.depthWrite = share > 0.5;
      m.needsUpdate = true;
    }
  }

  get opacity(): number {
    return this.mesh.material.opacity;
  }

  cut(planes: Plane[], corner: boolean): void {
    this.inside.visible = planes.length > 0;
    for (const m of [this.mesh.material, this.inside.material]) {
      if ((m.clippingPlanes?.length ?? 0) !== planes.length || m.clipIntersection !== corner) m.needsUpdate = true;
      m.clippingPlanes = planes;
      m.clipIntersection = corner;
    }
  }

  /** The first point that a ray meets and that is drawn. */
  hit(ray: Ray, drawn: (p: Vector3) => boolean): Hit | undefined {
    const here = ray.clone();
    here.origin.sub(this.mesh.position);
    let best: { point: Vector3; distance: number; face?: { normal: Vector3 } | null } | undefined;
    for (const found of this.ready().raycast(here, DoubleSide)) {
      if ((!best || found.distance < best.distance) && drawn(found.point)) best = found;
    }
    if (!best) return undefined;
    const normal = (best.face?.normal ?? new Vector3()).clone();
    if (normal.dot(here.direction) > 0) normal.negate();
    return { point: best.point.clone(), normal, layer: this.layer.id, distance: best.distance };
  }

  remove(): void {
    this.mesh.removeFromParent();
    this.full.dispose();
    this.coarser?.dispose();
    this.mesh.material.dispose();
    this.inside.material.dispose();
  }
}

function geometryOf(mesh: Mesh, values?: Float32Array): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(mesh.points, 3));
  geometry.setAttribute("normal", new BufferAttribute(normals(mesh), 3));
  geometry.setIndex(new BufferAttribute(mesh.triangles, 1));
  if (values) geometry.setAttribute("color", new BufferAttribute(values, 3));
  return geometry;
}

/** The colors of the coarser points: each that of one of the points it stands for. */
function pick(values: Float32Array, of: Uint32Array, length: number): Float32Array {
  const out = new Float32Array(length);
  of.forEach((n, i) => out.set(values.subarray(3 * i, 3 * i + 3), 3 * n));
  return out;
}
