// What stands in the patient beside the surfaces: planned cuts, landmarks, loads, measured lines and points that were taken.
import { ArrowHelper, BufferGeometry, CanvasTexture, Color, DoubleSide, Float32BufferAttribute, Group, Line, LineBasicMaterial, LineLoop, Mesh, MeshBasicMaterial, Object3D, PlaneGeometry, SphereGeometry, Sprite, SpriteMaterial, SRGBColorSpace, Vector3 } from "three";
import { number, say } from "../viewer/words";
import type { Label } from "./labels";
import type { Cut, Landmark, Load, Scene, Triple, View } from "./scene";

const blue = "#2a63c8";
const red = "#c0392b";

const color = (c: string): Color => new Color().setStyle(c, SRGBColorSpace);
const vector = (p: Triple): Vector3 => new Vector3(...p);

export interface Measured {
  a: Vector3;
  b?: Vector3;
}

export class Marks {
  readonly group = new Group();
  readonly measured: Measured[] = [];
  readonly taken: { point: Vector3; name: string }[] = [];
  private readonly plan = new Group();
  private readonly strength = new Group();
  private readonly hand = new Group();
  /** A headset shows no elements of the page: there the lengths stand in the room. */
  inHeadset = false;
  private readonly ball = new SphereGeometry(1, 20, 14);
  private labelled: { view: View[]; label: Label }[] = [];

  constructor() {
    this.group.add(this.plan, this.strength, this.hand);
  }

  /** Draws what the node says; what was measured by hand stays. */
  say(scene: Scene): void {
    this.labelled = [];
    this.plan.clear();
    this.strength.clear();
    scene.planes.forEach((c, n) => this.addCut(c, n));
    for (const l of scene.landmarks) this.addLandmark(l, scene.radius);
    for (const l of scene.loads) this.addLoad(l, scene.radius);
  }

  show(view: View): void {
    this.plan.visible = view === "plan";
    this.strength.visible = view === "stress";
    this.hand.visible = view !== "apart";
  }

  private addCut(c: Cut, n: number): void {
    const sheet = new Mesh(new PlaneGeometry(2 * c.radius, 2 * c.radius), new MeshBasicMaterial({ color: color(blue), side: DoubleSide, transparent: true, opacity: 0.28, depthWrite: false }));
    const edge = new LineLoop(outline(c.radius), new LineBasicMaterial({ color: color(blue) }));
    const both = new Object3D();
    both.add(sheet, edge);
    both.position.copy(vector(c.point));
    both.quaternion.setFromUnitVectors(new Vector3(0, 0, 1), vector(c.normal).normalize());
    this.plan.add(both);
    const angle = c.angle === undefined ? "" : `${number(c.angle, Number.isInteger(c.angle) ? 0 : 1)}°`;
    const letter = c.id.length < 3 ? c.id : String.fromCharCode(65 + (n % 26));
    const text = c.name === letter ? angle : c.id.length < 3 ? angle || c.name : [c.name, angle].filter(Boolean).join(" ");
    this.labelled.push({ view: ["plan", "guide"], label: { at: vector(c.point), sort: "cut", letter, text, title: c.name } });
  }

  private addLandmark(l: Landmark, radius: number): void {
    this.plan.add(this.dot(vector(l.point), blue, radius / 90));
    this.labelled.push({ view: ["plan"], label: { at: vector(l.point), sort: "note", text: l.name } });
  }

  private addLoad(l: Load, radius: number): void {
    const way = vector(l.direction).normalize();
    const long = radius / 4;
    const arrow = new ArrowHelper(way, vector(l.point).addScaledVector(way, -long), long, color(red), long / 3, long / 6);
    this.strength.add(arrow);
    this.labelled.push({ view: ["stress"], label: { at: vector(l.point).addScaledVector(way, -long), sort: "cut", letter: l.id, text: l.name } });
  }

  private dot(at: Vector3, hue: string, size: number): Mesh {
    const m = new Mesh(this.ball, new MeshBasicMaterial({ color: color(hue) }));
    m.position.copy(at);
    m.scale.setScalar(size);
    return m;
  }

  /** Draws the measured lines anew; they are seen through the bone, as a ruler held in front of it. */
  hands(size: number): void {
    for (const old of this.hand.children) {
      if (old instanceof Line) old.geometry.dispose();
      if (old instanceof Sprite) old.material.map?.dispose();
    }
    this.hand.clear();
    for (const { a, b } of this.measured) {
      this.hand.add(this.dot(a, blue, size));
      if (!b) continue;
      const line = new Line(new BufferGeometry().setFromPoints([a, b]), new LineBasicMaterial({ color: color(blue), depthTest: false, transparent: true }));
      line.renderOrder = 5;
      this.hand.add(this.dot(b, blue, size), line);
      if (this.inHeadset) this.hand.add(plate(millimeters(a.distanceTo(b)), a.clone().lerp(b, 0.5), 10 * size));
    }
    for (const t of this.taken) this.hand.add(this.dot(t.point, red, size));
  }

  labels(view: View): Label[] {
    const list = this.labelled.filter((l) => l.view.includes(view)).map((l) => l.label);
    if (view === "apart") return list;
    for (const { a, b } of this.measured) if (b) list.push({ at: a.clone().lerp(b, 0.5), sort: "note", text: millimeters(a.distanceTo(b)) });
    for (const t of this.taken) list.push({ at: t.point, sort: "note", text: t.name });
    return list;
  }
}

export function millimeters(mm: number): string {
  return say("cut.mm", { mm: number(mm, 1) });
}

function outline(r: number): BufferGeometry {
  return new BufferGeometry().setAttribute("position", new Float32BufferAttribute([-r, -r, 0, r, -r, 0, r, r, 0, -r, r, 0], 3));
}

/** Words that stand in the room and face the wearer. */
function plate(text: string, at: Vector3, high: number): Sprite {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [320, 80];
  const c = canvas.getContext("2d") as CanvasRenderingContext2D;
  c.fillStyle = "#fff";
  c.beginPath();
  c.roundRect(0, 0, 320, 80, 40);
  c.fill();
  c.fillStyle = "#16202a";
  c.font = "600 44px system-ui, sans-serif";
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(text, 160, 42);
  const map = new CanvasTexture(canvas);
  map.colorSpace = SRGBColorSpace;
  const sprite = new Sprite(new SpriteMaterial({ map, depthTest: false }));
  sprite.position.copy(at);
  sprite.scale.set(4 * high, high, 1);
  sprite.renderOrder = 6;
  return sprite;
}
