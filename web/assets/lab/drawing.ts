// The stage as the graphics card draws it: the parts of a view, the marks on them, the slices, and one section.
import { Box3, Vector3 } from "three";
import type { Eye } from "./eye";
import type { Frame } from "./frame";
import { Headset } from "./headset";
import { Labels, type Label } from "./labels";
import { Marks } from "./marks";
import { Needle } from "./needle";
import { Panel } from "./panel";
import type { Hit, Part } from "./part";
import { isShown, type Scene, type View } from "./scene";
import { Section } from "./section";
import { Slices } from "./slices";
import { World } from "./world";
import { number, say } from "../viewer/words";

const apartFor = 420; // ms that parts take to come apart

/** A tracker's tool, with what is said of its age. */
export interface Tool {
  tip: Vector3;
  axis: Vector3;
  text: string;
  stale: boolean;
}

export class Drawing {
  readonly world: World;
  readonly marks = new Marks();
  readonly labels: Labels;
  readonly section: Section;
  readonly panel: Panel;
  readonly headset: Headset;
  slices?: Slices;
  private readonly needle = new Needle();
  private tool?: Tool;
  private apart = 0; // share of the way
  private view: View = "surface";
  private active = 2; // the slice that keys move
  private scene?: Scene;

  constructor(private readonly frame: Frame, private readonly eye: Eye, look: (side: string) => void, private readonly fail: (why: string) => void) {
    this.world = new World(frame.canvas, eye);
    this.labels = new Labels(frame.labels);
    this.section = new Section(frame.section, eye);
    this.section.changed = () => this.cut(true);
    this.panel = new Panel(frame.layers, this.world, () => this.cut(), look);
    this.headset = new Headset(this.world);
    this.world.content.add(this.marks.group, this.needle.group);
    this.listen();
  }

  private listen(): void {
    this.frame.slices.addEventListener("input", (e) => {
      const input = e.target as HTMLInputElement;
      this.active = Number(input.dataset.axis);
      void this.slices?.move(this.active, Number(input.value) - 1);
    });
    this.frame.slices.addEventListener("focusin", (e) => (this.active = Number((e.target as HTMLElement).dataset.axis ?? this.active)));
  }

  /** Takes what the node says now. */
  say(scene: Scene): void {
    this.scene = scene;
    this.world.keep(new Set(scene.layers.map((l) => l.id)));
    this.marks.say(scene);
    this.section.say(scene);
    if (!scene.volume || this.slices) return;
    this.slices = new Slices(scene.volume);
    this.slices.changed = () => this.moved();
    this.slices.failed = this.fail;
    this.world.content.add(this.slices.group);
    this.world.space.updateMatrixWorld();
  }

  add(part: Part): void {
    part.mesh.visible = isShown(part.layer, this.view);
    this.world.add(part);
    this.place();
    this.panel.fill(this.scene?.layers ?? []);
    // The tree for picking is built while nobody waits for it.
    window.setTimeout(() => part.ready(), 300);
  }

  /** Brings what is shown into the picture; the scene's own ball while nothing has come. */
  fit(): void {
    const box = new Box3();
    for (const { mesh } of this.world.parts.values()) {
      if (!mesh.visible) continue;
      mesh.geometry.computeBoundingBox();
      if (mesh.geometry.boundingBox) box.union(mesh.geometry.boundingBox.clone().translate(mesh.position));
    }
    if (!box.isEmpty()) this.eye.frame(box);
    else if (this.scene) this.eye.fit(this.scene.center, this.scene.radius);
    this.turned(false);
  }

  show(view: View): void {
    this.view = view;
    for (const part of this.world.parts.values()) part.mesh.visible = isShown(part.layer, view);
    this.marks.show(view);
    if (this.slices) this.slices.group.visible = view === "slices";
    if (view === "slices") void this.slices?.show();
    this.part(view === "apart" ? 1 : 0);
    this.panel.fill(this.scene?.layers ?? []);
    this.cut();
    this.mark();
  }

  /** Moves the layers to or from their places in the exploded view; at once for who wants no motion. */
  private part(to: number): void {
    const from = this.apart;
    if (from === to) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const began = performance.now();
    const on = (now: number): void => {
      const share = still ? 1 : Math.min(1, (now - began) / apartFor);
      this.apart = from + (to - from) * (1 - (1 - share) ** 3);
      this.place();
      this.mark();
      if (share < 1 && (this.view === "apart") === (to === 1)) requestAnimationFrame(on);
    };
    on(began);
  }

  private place(): void {
    for (const { layer, mesh, placed } of this.world.parts.values()) if (!placed) mesh.position.set(...(layer.apart ?? [0, 0, 0])).multiplyScalar(this.apart);
    this.world.change();
  }

  /** Cuts what is shown: in the slices' view the corner before them, else the section, if one is on. */
  private cut(moves = false): void {
    const bone = [...this.world.parts.values()].some((p) => p.mesh.visible && p.layer.kind === "surface");
    if (this.view === "slices" && this.slices) this.world.cut(this.slices.corner(this.eye.back, !bone), true);
    else this.world.cut(this.section.planes);
    this.world.change(moves);
  }

  private moved(): void {
    const { slices } = this;
    if (!slices) return;
    for (const row of this.frame.slices.children) {
      const [, input, output] = [...row.children] as [HTMLElement, HTMLInputElement, HTMLOutputElement];
      const axis = Number(input.dataset.axis);
      const at = { at: (slices.at[axis] ?? 0) + 1, all: slices.count(axis) };
      input.min = "1";
      input.max = String(at.all);
      input.value = String(at.at);
      output.textContent = say("plane.at", at);
      input.setAttribute("aria-valuetext", say("plane.at", at));
      row.classList.toggle("on", axis === this.active);
    }
    this.cut(true);
  }

  step(by: number): void {
    if (this.view === "slices" && this.slices) void this.slices.move(this.active, (this.slices.at[this.active] ?? 0) + by);
  }

  nextSlice(): void {
    this.active = (this.active + 2) % 3;
    this.moved();
  }

  /** After the eye has moved: the corner that is cut out may be another. */
  turned(moves: boolean): void {
    if (this.view === "slices") this.cut();
    this.needle.size(this.eye.mm);
    this.world.change(moves);
  }

  /** Labels and hand-made marks, after some were added or the view is another. */
  mark(): void {
    this.marks.hands((this.scene?.radius ?? 100) / 110);
    const tool: Label[] = this.tool ? [{ at: this.tool.tip, sort: this.tool.stale ? "old" : "tool", text: this.tool.text }] : [];
    this.labels.set([...tool, ...this.marks.labels(this.view), ...(this.view === "apart" ? this.names() : [])]);
    this.world.change();
  }

  /** Draws a tracker's tool, or none. It never stands there without what is said of its age. */
  track(tool?: Tool): void {
    if (!tool && !this.tool) return;
    this.tool = tool;
    if (tool) this.needle.place(tool.tip, tool.axis, tool.stale);
    else this.needle.group.visible = false;
    this.needle.size(this.eye.mm);
    this.world.change(true);
    this.mark();
  }

  /** Brings the slices to a place, where they are looked at. */
  toward(place: Vector3): void {
    if (this.view === "slices") this.slices?.toward(place);
  }

  private names(): Label[] {
    return [...this.world.parts.values()].filter((p) => p.mesh.visible && p.layer.apart).map((p): Label => {
      p.mesh.geometry.computeBoundingSphere();
      const center = p.mesh.geometry.boundingSphere?.center ?? new Vector3();
      return { at: center.clone().add(p.mesh.position), sort: "note", text: p.layer.name };
    });
  }

  /** Takes a measured point; says the distance when it is the second. */
  measure(hit: Hit): string {
    const open = this.marks.measured.find((m) => !m.b);
    if (open) open.b = hit.point;
    else this.marks.measured.push({ a: hit.point });
    this.mark();
    return open?.b ? say("caption.between", { mm: number(open.a.distanceTo(open.b), 1) }) : "";
  }

  undo(): boolean {
    const last = this.marks.measured.at(-1);
    if (last?.b) last.b = undefined;
    else if (last) this.marks.measured.pop();
    else if (!this.marks.taken.pop()) return false;
    this.mark();
    return true;
  }

  name(point: Vector3, name: string): void {
    this.marks.taken.push({ point, name });
    this.mark();
  }
}

