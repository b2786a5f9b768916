// A tracker's tool as it stands in the patient: a needle whose tip is where the tracker says. It is as thick on the page however far away it is looked at from, and edged in dark and light, so that it stands out from bone, slices
// and both themes. It is red once its position is old. What lies behind bone shines through darker, so that nobody looks for it in vain and nobody takes it for outside.
import { Color, ConeGeometry, CylinderGeometry, Group, Mesh, MeshBasicMaterial, SphereGeometry, SRGBColorSpace, Vector3 } from "three";

const long = 80; // mm, or as many pixels as below where that is longer
const least = 110; // pixels
const thick = 3.5; // pixels from the middle to the side
const point = 22; // pixels of the cone before the tip
const color = (c: string): Color => new Color().setStyle(c, SRGBColorSpace);
const [fresh, old, dark, light] = [color("#00c4b8"), color("#e8352a"), color("#10202a"), color("#ffffff")];

/** A layer of the needle: painted one over another in their order, so that the edges lie around the whole and not around its parts. */
class Coat {
  readonly shaft: Mesh;
  readonly group = new Group();

  constructor(readonly material: MeshBasicMaterial, private readonly edge: number, order: number) {
    this.shaft = new Mesh(new CylinderGeometry(thick + edge, thick + edge, 1, 20), material);
    const cone = new Mesh(new ConeGeometry(thick + edge, point + edge, 20), material);
    const ball = new Mesh(new SphereGeometry(2 + edge, 16, 12), material);
    cone.position.y = -(point - edge) / 2;
    for (const part of [this.shaft, cone, ball]) part.renderOrder = order;
    this.group.add(this.shaft, cone, ball);
  }

  /** So many pixels long, with its edge beyond. */
  reach(pixels: number): void {
    this.shaft.scale.y = pixels - point + this.edge;
    this.shaft.position.y = -point - this.shaft.scale.y / 2;
  }
}

const over = { transparent: true, depthTest: false, depthWrite: false };

export class Needle {
  readonly group = new Group();
  private readonly behind = new Coat(new MeshBasicMaterial({ ...over, opacity: 0.6 }), 0, 12);
  private readonly before = new Coat(new MeshBasicMaterial({ transparent: true, depthWrite: false }), 0, 13);
  private readonly coats = [new Coat(new MeshBasicMaterial({ ...over, color: light }), 3.5, 10), new Coat(new MeshBasicMaterial({ ...over, color: dark }), 2, 11), this.behind, this.before];

  constructor() {
    for (const coat of this.coats) this.group.add(coat.group);
    this.group.visible = false;
  }

  /** Its own y leads to where the tool points. */
  place(tip: Vector3, axis: Vector3, stale: boolean): void {
    this.group.position.copy(tip);
    this.group.quaternion.setFromUnitVectors(new Vector3(0, 1, 0), axis.clone().normalize());
    for (const { material } of [this.behind, this.before]) material.color = stale ? old : fresh;
    this.group.visible = true;
  }

  /** Keeps its size on the page, where a pixel is so many millimeters. */
  size(mm: number): void {
    this.group.scale.setScalar(mm);
    const pixels = Math.max(long / mm, least);
    for (const coat of this.coats) coat.reach(pixels);
  }
}
