// Moves an implant by hand. A form that says its place marks itself with data-move and a button; while that is pressed, three arrows along the patient's axes, a ring that turns it as it is seen, and the
// middle that moves it freely lie over the picture. The fields follow the hand and the picture follows the fields; what is measured is measured by the node when the form is sent.
import { Euler, MathUtils, Quaternion, Vector3 } from "three";
import type { Eye } from "./eye";
import type { Part } from "./part";

const near = 12; // pixels within which a handle is taken
const ring = 74; // pixels from the middle
const step = { mm: 1, degrees: 2 };
const axes: [string, Vector3][] = [["L", new Vector3(1, 0, 0)], ["P", new Vector3(0, 1, 0)], ["S", new Vector3(0, 0, 1)]];

type Grip = { sort: "free" | "turn" } | { sort: "axis"; way: Vector3; x: number; y: number };

export class Handles {
  readonly element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  private form?: HTMLFormElement;
  private part?: Part;
  private readonly at = new Vector3();
  private readonly turned = new Quaternion();
  private readonly first = { at: new Vector3(), turned: new Quaternion() }; // as the file of the layer has it
  private grip?: Grip;
  private last = { x: 0, y: 0 };

  constructor(private readonly canvas: HTMLCanvasElement, private readonly eye: Eye, private readonly find: (layer: string) => Part | undefined, private readonly changed: (moves: boolean) => void, private readonly told: (on: boolean) => void) {
    this.element.classList.add("handles");
    this.element.setAttribute("aria-hidden", "true");
    this.element.style.display = "none";
    offer(document);
    new MutationObserver((all) => {
      for (const change of all) for (const node of change.addedNodes) if (node instanceof Element) offer(node);
      if (this.form && !this.form.isConnected) this.end();
    }).observe(document.body, { childList: true, subtree: true });
    document.addEventListener("click", (e) => {
      const form = (e.target as Element).closest<HTMLElement>("[data-move-start]")?.closest<HTMLFormElement>("form[data-move]");
      if (form === this.form && form) this.end();
      else if (form) this.begin(form);
    });
    document.addEventListener("input", (e) => {
      if (this.form && (e.target as Element).closest("form") === this.form) this.read();
    });
    for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"] as const) canvas.addEventListener(type, (e) => this.pointer(e), { capture: true });
    canvas.addEventListener("keydown", (e) => this.key(e), { capture: true });
  }

  get on(): boolean {
    return this.form !== undefined;
  }

  private begin(form: HTMLFormElement): void {
    this.end();
    const part = this.find(form.dataset.move ?? "");
    if (!part) return;
    this.form = form;
    this.part = part;
    this.press(true);
    this.told(true);
    const written = part.placed ?? this.typed();
    if (!written) return;
    this.first.at.copy(written.at);
    this.first.turned.copy(written.turned);
    part.placed = written;
    this.read();
    this.canvas.focus({ preventScroll: true });
  }

  end(): void {
    if (!this.form) return;
    this.press(false);
    this.form = this.part = this.grip = undefined;
    this.draw();
    this.told(false);
  }

  private press(on: boolean): void {
    this.form?.querySelector("[data-move-start]")?.setAttribute("aria-pressed", String(on));
  }

  /** What the fields say; undefined while somebody is typing. */
  private typed(): { at: Vector3; turned: Quaternion } | undefined {
    const three = (name: string): number[] => (this.form?.querySelector<HTMLInputElement>(`[data-move-field="${name}"]`)?.value.trim().split(/[\s,;]+/) ?? []).map(Number);
    const [at, angles] = [three("implant-at"), three("implant-angles")];
    if (at.length !== 3 || angles.length !== 3 || ![...at, ...angles].every(Number.isFinite)) return undefined;
    const [x, y, z] = angles.map(MathUtils.degToRad) as [number, number, number];
    return { at: new Vector3(...at), turned: new Quaternion().setFromEuler(new Euler(x, y, z, "ZYX")) };
  }

  private read(): void {
    const typed = this.typed();
    if (!typed) return;
    this.at.copy(typed.at);
    this.turned.copy(typed.turned);
    this.show(false);
  }

  private write(): void {
    const angles = new Euler().setFromQuaternion(this.turned, "ZYX");
    const say = (name: string, values: number[]): void => {
      const field = this.form?.querySelector<HTMLInputElement>(`[data-move-field="${name}"]`);
      if (field) field.value = values.map((v) => (Math.abs(v) < 0.005 ? 0 : v).toFixed(2)).join(" ");
    };
    say("implant-at", this.at.toArray());
    say("implant-angles", [angles.x, angles.y, angles.z].map(MathUtils.radToDeg));
  }

  /** Moves what is drawn from where its file has it to where it is now. */
  private show(moves: boolean): void {
    const mesh = this.part?.mesh;
    if (!mesh) return;
    mesh.quaternion.copy(this.turned).multiply(this.first.turned.clone().invert());
    mesh.position.copy(this.at).sub(this.first.at.clone().applyQuaternion(mesh.quaternion));
    this.changed(moves);
    this.draw();
  }

  private pointer(e: PointerEvent): void {
    if (!this.form) return;
    const box = this.canvas.getBoundingClientRect();
    const now = { x: e.clientX - box.left, y: e.clientY - box.top };
    if (e.type === "pointerdown") {
      this.grip = e.button === 0 && e.isPrimary ? this.under(now.x, now.y) : undefined;
      if (this.grip) this.canvas.setPointerCapture(e.pointerId);
      this.last = now;
    }
    if (!this.grip) return;
    e.stopImmediatePropagation();
    if (e.type === "pointermove") {
      this.drag(now);
      this.last = now;
    } else if (e.type !== "pointerdown") {
      this.grip = undefined;
      this.show(false);
    }
  }

  /** The handle at a pixel: an arrow before the ring before the middle. */
  private under(x: number, y: number): Grip | undefined {
    const c = this.eye.pixel(this.at);
    for (const [, way] of axes) {
      const tip = this.eye.pixel(this.at.clone().addScaledVector(way, ring * this.eye.mm));
      const [ax, ay] = [tip.x - c.x, tip.y - c.y];
      const long = Math.hypot(ax, ay);
      if (long < 2 * near) continue; // it leads to the eye
      const share = ((x - c.x) * ax + (y - c.y) * ay) / (long * long);
      if (share > 0.25 && share < 1.2 && Math.hypot(x - c.x - share * ax, y - c.y - share * ay) < near) return { sort: "axis", way, x: ax, y: ay };
    }
    const far = Math.hypot(x - c.x, y - c.y);
    if (Math.abs(far - ring) < near) return { sort: "turn" };
    return far < ring ? { sort: "free" } : undefined;
  }

  private drag(now: { x: number; y: number }): void {
    const { eye, grip, last } = this;
    const [dx, dy] = [now.x - last.x, now.y - last.y];
    if (grip?.sort === "axis") this.at.addScaledVector(grip.way, (((dx * grip.x + dy * grip.y) / (grip.x ** 2 + grip.y ** 2)) * ring) * eye.mm);
    else if (grip?.sort === "free") this.at.addScaledVector(eye.right, dx * eye.mm).addScaledVector(eye.up, -dy * eye.mm);
    else {
      const c = eye.pixel(this.at);
      this.turn(eye.back, Math.atan2(c.y - now.y, now.x - c.x) - Math.atan2(c.y - last.y, last.x - c.x));
    }
    this.write();
    this.show(true);
  }

  private turn(about: Vector3, radians: number): void {
    this.turned.premultiply(new Quaternion().setFromAxisAngle(about, radians)).normalize();
  }

  private key(e: KeyboardEvent): void {
    if (!this.form || e.ctrlKey || e.altKey || e.metaKey) return;
    const { right, up, back } = this.eye;
    const ways: Record<string, [Vector3, Vector3, number]> = { ArrowRight: [right, back, 1], ArrowLeft: [right, back, -1], ArrowUp: [up, right, 1], ArrowDown: [up, right, -1], PageUp: [back, up, 1], PageDown: [back, up, -1] };
    const way = ways[e.key];
    if (e.key === "Escape") this.end();
    else if (way && e.shiftKey) this.turn(way[1], MathUtils.degToRad(-way[2] * step.degrees));
    else if (way) this.at.addScaledVector(way[0], way[2] * step.mm);
    else return;
    e.preventDefault();
    e.stopImmediatePropagation();
    if (!this.form) return;
    this.write();
    this.show(false);
  }

  /** Draws the handles where the implant is seen now. */
  draw(): void {
    this.element.style.display = this.form ? "" : "none";
    if (!this.form) return;
    const c = this.eye.pixel(this.at);
    const lines = axes.map(([name, way]) => {
      const tip = this.eye.pixel(this.at.clone().addScaledVector(way, ring * this.eye.mm));
      return `<line class="${name}" x1="${c.x}" y1="${c.y}" x2="${tip.x}" y2="${tip.y}"/><circle class="${name}" cx="${tip.x}" cy="${tip.y}" r="5"/><text x="${tip.x + 8}" y="${tip.y - 6}">${name}</text>`;
    });
    this.element.innerHTML = `<circle class="ring" cx="${c.x}" cy="${c.y}" r="${ring}"/>${lines.join("")}<circle class="hub" cx="${c.x}" cy="${c.y}" r="6"/>`;
  }
}

/** The buttons that start it are of use only where the script runs. */
function offer(within: ParentNode): void {
  for (const b of within.querySelectorAll<HTMLElement>("[data-move-start][hidden]")) b.hidden = false;
}
