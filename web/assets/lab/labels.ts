// Words over the picture. They are elements of the page, so they stay sharp, follow the theme and are read aloud.
import type { Vector3 } from "three";
import { draw, make } from "./dom";
import type { Eye } from "./eye";

export interface Label {
  at: Vector3;
  sort: "cut" | "note" | "tool" | "old";
  letter?: string;
  text: string;
  title?: string;
}

export class Labels {
  /** From a label that had to step aside to the point it speaks of. */
  private readonly leads = draw("svg", { class: "leads", "aria-hidden": "true" });
  private shown: { label: Label; element: HTMLElement }[] = [];

  constructor(private readonly place: HTMLElement) {}

  set(list: Label[]): void {
    this.shown = list.map((label) => ({ label, element: element(label) }));
    this.place.replaceChildren(this.leads, ...this.shown.map((s) => s.element));
  }

  /** Brings every label to its point; one whose point is out of the picture is hidden, and of two that would cover each other the later one steps down. */
  follow(eye: Eye): void {
    const taken: { x: number; y: number }[] = [];
    const leads: SVGElement[] = [];
    for (const { label, element } of this.shown) {
      const { x, y } = eye.pixel(label.at);
      const out = x < 0 || y < 0 || x > eye.width || y > eye.height;
      element.hidden = out;
      if (out) continue;
      let down = y;
      while (taken.some((t) => Math.abs(t.x - x) < 72 && Math.abs(t.y - down) < 24)) down += 26;
      taken.push({ x, y: down });
      if (down > y) leads.push(draw("line", { x1: x, y1: y, x2: x, y2: down }), draw("circle", { cx: x, cy: y, r: 3 }));
      element.style.transform = `translate(${x.toFixed(1)}px, ${down.toFixed(1)}px) translate(-50%, -50%)`;
    }
    this.leads.replaceChildren(...leads);
  }

  /** What stands where, for a picture of the stage. */
  all(): { label: Label; element: HTMLElement }[] {
    return this.shown.filter((s) => !s.element.hidden);
  }
}

function element(l: Label): HTMLElement {
  const e = make("span", { class: `tag ${l.sort}`, ...(l.title ? { title: l.title } : {}) });
  if (l.letter) e.append(make("i", {}, l.letter));
  e.append(l.text);
  return e;
}
