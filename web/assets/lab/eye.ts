// Where one looks from. The picture is orthographic: a centimeter is equally long everywhere in it, so the scale bar is true and a size can be read off.
import { type Box3, Matrix4, OrthographicCamera, Quaternion, Vector3 } from "three";
import type { Triple } from "./scene";

const margin = 0.84; // share of the picture that what is looked at fills
const steepest = 90; // degrees above the patient's waist

/** The six sides by the direction in which the eye stands: LPS, so that x is the patient's left, y the back, z the head. */
export const sides: Record<string, { from: Triple; turn: number; rise: number }> = {
  front: { from: [0, -1, 0], turn: 0, rise: 0 },
  back: { from: [0, 1, 0], turn: 180, rise: 0 },
  right: { from: [-1, 0, 0], turn: 90, rise: 0 },
  left: { from: [1, 0, 0], turn: -90, rise: 0 },
  head: { from: [0, 0, 1], turn: 0, rise: steepest },
  feet: { from: [0, 0, -1], turn: 0, rise: -steepest },
};

export class Eye {
  turn = 0; // degrees around the patient, 0 in front of the face, 90 at the patient's right
  rise = 0; // degrees above
  mm = 1; // millimeters in the patient per pixel of the page
  width = 1;
  height = 1;
  readonly target = new Vector3();
  readonly right = new Vector3(1, 0, 0);
  readonly up = new Vector3(0, 0, 1);
  readonly back = new Vector3(0, -1, 0); // from what is looked at to the eye
  readonly camera = new OrthographicCamera();
  private radius = 100;

  /** Shows all of a ball. */
  fit(center: Triple, radius: number): void {
    this.target.set(...center);
    this.radius = radius;
    this.mm = (2.1 * radius) / Math.max(1, Math.min(this.width, this.height));
    this.place();
  }

  /** Shows all of a box as it is seen from here, with a margin. */
  frame(box: Box3): void {
    const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => new Vector3(n & 1 ? box.max.x : box.min.x, n & 2 ? box.max.y : box.min.y, n & 4 ? box.max.z : box.min.z));
    const [across, along] = [this.right, this.up].map((way) => corners.map((c) => c.dot(way)));
    const [left, right, low, high] = [Math.min(...across as number[]), Math.max(...across as number[]), Math.min(...along as number[]), Math.max(...along as number[])];
    const center = box.getCenter(new Vector3());
    this.radius = Math.max(this.radius, box.min.distanceTo(box.max) / 2);
    this.target.copy(center);
    this.mm = Math.max((right - left) / (this.width * margin), (high - low) / (this.height * margin), this.radius / 20_000);
    this.place();
  }

  look(turn: number, rise: number): void {
    this.turn = ((turn + 180) % 360 + 360) % 360 - 180;
    this.rise = Math.max(-steepest, Math.min(steepest, rise));
    this.place();
  }

  /** Moves the patient by pixels on the page. */
  move(x: number, y: number): void {
    this.target.addScaledVector(this.right, -x * this.mm).addScaledVector(this.up, y * this.mm);
    this.place();
  }

  /** Zooms so that what is under a pixel stays there. */
  zoom(by: number, x = this.width / 2, y = this.height / 2): void {
    const mm = Math.max(this.radius / 20_000, Math.min(this.radius / 20, this.mm / by));
    const change = this.mm - mm;
    this.target.addScaledVector(this.right, (x - this.width / 2) * change).addScaledVector(this.up, (this.height / 2 - y) * change);
    this.mm = mm;
    this.place();
  }

  resize(width: number, height: number): void {
    this.mm *= Math.min(this.width, this.height) / Math.max(1, Math.min(width, height));
    this.width = width;
    this.height = height;
    this.place();
  }

  /** Brings turn, rise, target and scale into the camera. */
  place(): void {
    const t = (this.turn * Math.PI) / 180;
    const r = (this.rise * Math.PI) / 180;
    this.back.set(-Math.sin(t) * Math.cos(r), -Math.cos(t) * Math.cos(r), Math.sin(r));
    this.right.set(Math.cos(t), -Math.sin(t), 0);
    this.up.crossVectors(this.back, this.right);
    const far = 4 * this.radius + this.target.length();
    const c = this.camera;
    c.position.copy(this.target).addScaledVector(this.back, far);
    c.quaternion.copy(new Quaternion().setFromRotationMatrix(new Matrix4().makeBasis(this.right, this.up, this.back)));
    c.right = (this.width * this.mm) / 2;
    c.left = -c.right;
    c.top = (this.height * this.mm) / 2;
    c.bottom = -c.top;
    c.near = 0;
    c.far = 2 * far;
    c.updateProjectionMatrix();
    c.updateMatrixWorld(true);
  }

  /** Where on the page a point of the patient is drawn. */
  pixel(p: Vector3): { x: number; y: number } {
    const d = p.clone().sub(this.target);
    return { x: this.width / 2 + d.dot(this.right) / this.mm, y: this.height / 2 - d.dot(this.up) / this.mm };
  }

  /** A point of the ray that leaves the eye through a pixel; its direction is -back. */
  from(x: number, y: number): Vector3 {
    return this.camera.position.clone().addScaledVector(this.right, (x - this.width / 2) * this.mm).addScaledVector(this.up, (this.height / 2 - y) * this.mm);
  }

  /** The sides that are seen most squarely, one or two. */
  seen(): string[] {
    return Object.entries(sides)
      .map(([name, s]): [string, number] => [name, this.back.dot(new Vector3(...s.from))])
      .filter(([, share]) => share > 0.38)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 2)
      .map(([name]) => name);
  }
}
