// One plane that cuts what is shown, to look inside: along the patient's axes, as seen, or along a planned cut.
import { Plane, Vector3 } from "three";
import { make } from "./dom";
import type { Eye } from "./eye";
import type { Scene } from "./scene";
import { number, say } from "../viewer/words";

const fixed: Record<string, Vector3> = { axial: new Vector3(0, 0, -1), coronal: new Vector3(0, 1, 0), sagittal: new Vector3(1, 0, 0) };

export class Section {
  on = false;
  changed: () => void = () => {};
  private readonly along = make("select", { id: "cut-along" });
  private readonly place = make("input", { type: "range", min: "-100", max: "100", step: "0.5", value: "0", id: "cut-place" });
  private readonly said = make("output", { for: "cut-place" });
  private normal = new Vector3(0, 1, 0);
  private through = new Vector3();
  private scene?: Scene;

  constructor(private readonly root: HTMLElement, private readonly eye: Eye) {
    const turn = make("button", { type: "button", class: "btn quiet" }, say("cut.turn"));
    root.append(make("label", {}, make("span", {}, say("cut.along")), this.along), make("label", {}, make("span", {}, say("cut.place")), this.place, this.said), turn);
    this.along.addEventListener("change", () => this.choose());
    this.place.addEventListener("input", () => this.tell());
    turn.addEventListener("click", () => {
      this.normal.negate();
      this.place.value = String(-Number(this.place.value));
      this.tell();
    });
  }

  say(scene: Scene): void {
    this.scene = scene;
    const before = this.along.value;
    const names = [...["axial", "coronal", "sagittal", "eye"].map((n): [string, string] => [n, say(`cut.${n}`)]), ...scene.planes.map((p): [string, string] => [`=${p.id}`, say("cut.plane", { name: p.id })])];
    this.along.replaceChildren(...names.map(([value, text]) => make("option", { value }, text)));
    this.along.value = names.some(([n]) => n === before) ? before : "coronal";
    this.place.min = String(-Math.ceil(scene.radius));
    this.place.max = String(Math.ceil(scene.radius));
    if (!this.on) this.aim();
  }

  toggle(): void {
    this.on = !this.on;
    this.root.hidden = !this.on;
    if (this.on) this.choose();
    else this.changed();
  }

  private choose(): void {
    this.aim();
    this.place.value = "0";
    this.tell();
  }

  /** The side toward the eye is taken away first: it is what hides the inside. */
  private aim(): void {
    const cut = this.scene?.planes.find((p) => `=${p.id}` === this.along.value);
    this.through.set(...(cut?.point ?? this.scene?.center ?? [0, 0, 0]));
    this.normal = cut ? new Vector3(...cut.normal).normalize() : (fixed[this.along.value] ?? this.eye.back.clone().negate()).clone();
    if (this.normal.dot(this.eye.back) > 0) this.normal.negate();
  }

  private tell(): void {
    this.said.textContent = say("cut.mm", { mm: number(Number(this.place.value), 1) });
    this.changed();
  }

  /** What is on the normal's side stays. */
  get planes(): Plane[] {
    if (!this.on) return [];
    return [new Plane().setFromNormalAndCoplanarPoint(this.normal, this.through.clone().addScaledVector(this.normal, Number(this.place.value)))];
  }
}
