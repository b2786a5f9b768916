// Three slices of the scan, standing in the bone. The corner between them that is toward the eye is cut out of the bone, so that they are seen.
import { BufferAttribute, BufferGeometry, DoubleSide, Group, LinearFilter, Mesh, MeshBasicMaterial, Plane, SRGBColorSpace, Texture, Vector3 } from "three";
import type { Scan } from "./scene";

export const axes = ["sagittal", "coronal", "axial"] as const; // by the index that stays: i, j, k
export type Axis = (typeof axes)[number];

const kept = 60; // slices that stay in memory

export class Slices {
  readonly group = new Group();
  readonly at: [number, number, number];
  changed: () => void = () => {};
  failed: (why: string) => void = () => {};
  private readonly quads: Mesh<BufferGeometry, MeshBasicMaterial>[];
  private readonly textures = new Map<string, Promise<Texture>>();
  private readonly wanted: (string | undefined)[] = [];

  constructor(private readonly scan: Scan) {
    this.at = scan.dims.map((n) => n >> 1) as [number, number, number];
    this.quads = axes.map(() => {
      const geometry = new BufferGeometry();
      geometry.setAttribute("position", new BufferAttribute(new Float32Array(12), 3));
      geometry.setAttribute("uv", new BufferAttribute(new Float32Array(8), 2));
      geometry.setIndex([0, 1, 2, 0, 2, 3]);
      // Air is black in every window, and a black sheet would hide the bone behind it.
      const quad = new Mesh(geometry, new MeshBasicMaterial({ side: DoubleSide, alphaTest: 0.5 }));
      quad.material.onBeforeCompile = (shader) => {
        shader.fragmentShader = shader.fragmentShader.replace("#include <alphatest_fragment>", "if (max(diffuseColor.r, max(diffuseColor.g, diffuseColor.b)) < 0.002) discard;");
      };
      quad.visible = false;
      return quad;
    });
    this.group.add(...this.quads);
    this.group.visible = false;
  }

  /** The unit vector of an axis of the scan. */
  direction(axis: number): Vector3 {
    return new Vector3(...(this.scan.directions.slice(3 * axis, 3 * axis + 3) as [number, number, number]));
  }

  /** The place of a voxel's center; halves lie between voxels. */
  place(index: number[]): Vector3 {
    const p = new Vector3(...this.scan.origin);
    index.forEach((n, axis) => p.addScaledVector(this.direction(axis), n * (this.scan.spacing[axis] ?? 1)));
    return p;
  }

  count(axis: number): number {
    return this.scan.dims[axis] ?? 1;
  }

  /** Moves a slice, and shows it when it has come; of many that are asked in a row only the last. */
  async move(axis: number, to: number): Promise<void> {
    const at = Math.max(0, Math.min(this.count(axis) - 1, Math.round(to)));
    this.at[axis] = at;
    const url = `${this.scan.slice.replace("axis=axial", `axis=${axes[axis]}`)}${at}`;
    this.wanted[axis] = url;
    this.lay(axis);
    this.changed();
    try {
      const texture = await this.texture(url);
      if (this.wanted[axis] !== url) return;
      const quad = this.quads[axis];
      if (!quad) return;
      if (!quad.material.map) quad.material.needsUpdate = true;
      quad.material.map = texture;
      quad.visible = true;
      this.changed();
    } catch (e) {
      this.textures.delete(url);
      if (this.wanted[axis] === url) this.failed(e instanceof Error ? e.message : String(e));
    }
  }

  /** Moves all three slices to a place of the patient. */
  toward(p: Vector3): void {
    const d = p.clone().sub(new Vector3(...this.scan.origin));
    axes.forEach((_, axis) => {
      const to = Math.max(0, Math.min(this.count(axis) - 1, Math.round(d.dot(this.direction(axis)) / (this.scan.spacing[axis] ?? 1))));
      if (to !== this.at[axis]) void this.move(axis, to);
    });
  }

  async show(): Promise<void> {
    this.group.visible = true;
    await Promise.all(axes.map((_, axis) => this.move(axis, this.at[axis] ?? 0)));
  }

  private texture(url: string): Promise<Texture> {
    let t = this.textures.get(url);
    if (t) return t;
    t = fetchTexture(url);
    this.textures.set(url, t);
    for (const [old, texture] of this.textures) {
      if (this.textures.size <= kept) break;
      if (this.wanted.includes(old)) continue;
      this.textures.delete(old);
      void texture.then((gone) => gone.dispose(), () => {});
    }
    return t;
  }

  /** Brings the corners of a slice to where it lies. Rows of a coronal or sagittal picture go from the last slice down to the first. */
  private lay(axis: number): void {
    const quad = this.quads[axis];
    if (!quad) return;
    const [across, down] = axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1];
    const [w, h] = [this.count(across as number), this.count(down as number)];
    const position = quad.geometry.getAttribute("position") as BufferAttribute;
    const uv = quad.geometry.getAttribute("uv") as BufferAttribute;
    [[0, 0], [1, 0], [1, 1], [0, 1]].forEach(([u = 0, v = 0], corner) => {
      const index = [...this.at];
      index[across as number] = u * w - 0.5;
      index[down as number] = (axis === 2 ? v : 1 - v) * h - 0.5;
      const p = this.place(index);
      position.setXYZ(corner, p.x, p.y, p.z);
      uv.setXY(corner, u, v);
    });
    position.needsUpdate = uv.needsUpdate = true;
    quad.geometry.computeBoundingSphere();
  }

  /** The planes that cut the corner toward the eye out of the bone, each slice being left whole only where it faces that corner. */
  corner(back: Vector3, whole: boolean): Plane[] {
    const center = this.place(this.at);
    const toward = axes.map((_, axis) => this.direction(axis).multiplyScalar(Math.sign(back.dot(this.direction(axis))) || 1));
    const open = toward.map((d) => new Plane().setFromNormalAndCoplanarPoint(d, center));
    this.quads.forEach((quad, axis) => {
      const planes = whole ? [] : open.filter((_, other) => other !== axis);
      if ((quad.material.clippingPlanes?.length ?? 0) !== planes.length) quad.material.needsUpdate = true;
      quad.material.clippingPlanes = planes;
    });
    return open.map((p) => p.clone().negate());
  }
}

async function fetchTexture(url: string): Promise<Texture> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(String(answer.status));
  const texture = new Texture(await createImageBitmap(await answer.blob()));
  texture.flipY = false;
  texture.colorSpace = SRGBColorSpace;
  texture.generateMipmaps = false;
  texture.minFilter = texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}
