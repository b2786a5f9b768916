// A tracker's tool as it stands in the patient: a needle whose tip is where the tracker says. It is red once its position is old, and shines through the bone so that nobody looks for it in vain.
import { Color, ConeGeometry, CylinderGeometry, Group, Mesh, MeshBasicMaterial, SphereGeometry, SRGBColorSpace, Vector3 } from "three";

const long = 80; // mm
const [fresh, old] = ["#00a29a", "#d3261b"].map((c) => new Color().setStyle(c, SRGBColorSpace)) as [Color, Color];

export class Needle {
  readonly group = new Group();
  private readonly solid = new MeshBasicMaterial();
  private readonly ghost = new MeshBasicMaterial({ transparent: true, opacity: 0.35, depthTest: false });

  constructor() {
    for (const material of [this.solid, this.ghost]) {
      const shaft = new Mesh(new CylinderGeometry(1, 1, long - 8, 16), material);
      const cone = new Mesh(new ConeGeometry(1, 8, 16), material);
      const ball = new Mesh(new SphereGeometry(1.4, 16, 12), material);
      shaft.position.y = -(long - 8) / 2 - 8;
      cone.position.y = -4;
      for (const part of [shaft, cone, ball]) part.renderOrder = material === this.ghost ? 3 : 0;
      this.group.add(shaft, cone, ball);
    }
    this.group.visible = false;
  }

  /** Its own y leads to where the tool points. */
  place(tip: Vector3, axis: Vector3, stale: boolean): void {
    this.group.position.copy(tip);
    this.group.quaternion.setFromUnitVectors(new Vector3(0, 1, 0), axis.clone().normalize());
    for (const material of [this.solid, this.ghost]) material.color = stale ? old : fresh;
    this.group.visible = true;
  }
}
