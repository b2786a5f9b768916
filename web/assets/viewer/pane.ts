// One viewport on the page: what is written over the image, where left and head are, and the rail beside it.
import { Enums, type Types } from "@cornerstonejs/core";
import type { Key, Series } from "./data";
import type { Stage } from "./stage";
import { number, say } from "./words";

const letters: [string, string][] = [
  ["letter.left", "letter.right"],
  ["letter.back", "letter.front"],
  ["letter.head", "letter.feet"],
];

export class Pane {
  readonly gl: HTMLDivElement;
  series: Series | undefined;
  keys: Key[] = [];
  private readonly parts = new Map<string, HTMLElement>();
  private readonly here = new Set<number>();
  private at = 0;
  private count = 1;
  private readonly stop = new AbortController();

  constructor(
    readonly element: HTMLElement,
    readonly name: string,
    private readonly stage: Stage,
  ) {
    this.gl = element.querySelector(".gl") as HTMLDivElement;
    this.gl.addEventListener("contextmenu", (e) => e.preventDefault(), { signal: this.stop.signal });
    for (const at of ["t tl", "t tr", "t bl", "t br", "o w", "o e", "o n", "o so"]) this.add(at);
    this.add("said").hidden = true;
    const rail = this.add("rail");
    rail.append(document.createElement("canvas"));
    this.drag(rail);
  }

  private add(name: string): HTMLElement {
    const e = document.createElement("div");
    e.className = name;
    this.parts.set(name, e);
    this.element.append(e);
    return e;
  }

  private drag(rail: HTMLElement): void {
    const go = (e: PointerEvent): void => {
      const box = rail.getBoundingClientRect();
      const n = this.series?.slices.length ?? 0;
      const f = Math.min(1, Math.max(0, (e.clientY - box.top - 10) / (box.height - 20)));
      void this.stage.jump(Math.round(f * (n - 1)));
    };
    const signal = this.stop.signal;
    rail.addEventListener("pointerdown", (e) => (rail.setPointerCapture(e.pointerId), go(e)), { signal });
    rail.addEventListener("pointermove", (e) => e.buttons && go(e), { signal });
  }

  listen(): void {
    const signal = this.stop.signal;
    const draw = (): void => this.draw();
    for (const event of [Enums.Events.IMAGE_RENDERED, Enums.Events.VOI_MODIFIED, Enums.Events.CAMERA_MODIFIED]) this.gl.addEventListener(event, draw, { signal });
    for (const event of [Enums.Events.STACK_NEW_IMAGE, Enums.Events.VOLUME_NEW_IMAGE])
      this.gl.addEventListener(
        event,
        () => {
          if (this.name === "stack") this.stage.follow();
          this.stage.changed();
        },
        { signal },
      );
  }

  close(): void {
    this.stop.abort();
    for (const part of this.parts.values()) part.remove();
    this.gl.replaceChildren();
  }

  /** Says why nothing is shown; empty: something is. */
  said(text: string): void {
    const e = this.parts.get("said");
    if (!e) return;
    e.hidden = text === "";
    e.textContent = text;
  }

  got(index: number): void {
    this.here.add(index);
    this.rail();
  }

  private write(name: string, ...lines: string[]): void {
    const e = this.parts.get(name);
    const text = lines.filter(Boolean).join("\n");
    if (e && e.textContent !== text) e.textContent = text;
  }

  private draw(): void {
    const v = this.stage.engine.getViewport(this.name) as (Types.IStackViewport & Types.IVolumeViewport) | undefined;
    const s = this.series;
    if (!v || !s) return;
    const slices = s.slices;
    const at = v.getSliceIndex?.() ?? 0;
    const count = v.getNumberOfSlices?.() ?? slices.length;
    const slice = slices[Math.min(at, slices.length - 1)];
    const range = v.getProperties().voiRange;
    const camera = v.getCamera();
    this.write("t tl", say("plane." + this.name), this.name === "stack" || this.name === "prior" ? (s.description ?? "") : "");
    this.write("t tr", s.study.title, s.study.day);
    const thick = slice?.frame.thickness;
    const width = range ? range.upper - range.lower + 1 : 0; // PS3.3 section C.11.2.1.2: both ends are counted
    this.write(
      "t bl",
      say("slice", { at: number(at + 1), all: number(count) }) + (thick && this.name !== "sagittal" && this.name !== "coronal" ? " · " + say("thick", { mm: number(thick, thick % 1 ? 1 : 0) }) : ""),
      range ? say("level", { center: number((range.upper + range.lower) / 2), width: number(width) }) : "",
    );
    this.scale(v);
    if (slice?.frame.orientation && camera.viewUp && camera.viewPlaneNormal) this.letters(camera);
    this.at = at;
    this.count = count;
    this.rail();
  }

  /** A bar of whole centimeters. */
  private scale(v: Types.IStackViewport | Types.IVolumeViewport): void {
    const e = this.parts.get("t br");
    if (!e || !this.series?.slices[0]?.frame.spacing) return;
    const a = v.canvasToWorld([0, 0]);
    const b = v.canvasToWorld([100, 0]);
    const mm = Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]) / 100;
    if (!(mm > 0)) return;
    const length = [200, 100, 50, 20, 10, 5, 2, 1].find((l) => l / mm < 160) ?? 1;
    const bar = document.createElement("span");
    bar.className = "scale";
    bar.style.width = `${length / mm}px`;
    e.replaceChildren(bar, say("scale", { mm: number(length) }));
  }

  /** Which way the patient lies: the screen's right is the cross product of up and towards the viewer. */
  private letters(camera: Types.ICamera): void {
    const up = camera.viewUp as Types.Point3;
    const n = camera.viewPlaneNormal as Types.Point3;
    const right: Types.Point3 = [up[1] * n[2] - up[2] * n[1], up[2] * n[0] - up[0] * n[2], up[0] * n[1] - up[1] * n[0]];
    const flips = camera.flipHorizontal ? -1 : 1;
    this.letter("o e", right, flips);
    this.letter("o w", right, -flips);
    this.letter("o n", up, 1);
    this.letter("o so", up, -1);
  }

  private letter(part: string, direction: Types.Point3, sign: number): void {
    const axis = [0, 1, 2].reduce((best, i) => (Math.abs(direction[i] ?? 0) > Math.abs(direction[best] ?? 0) ? i : best), 0);
    const positive = (direction[axis] ?? 0) * sign > 0;
    const key = letters[axis]?.[positive ? 0 : 1] ?? "";
    this.write(part, say(key));
    this.parts.get(part)?.classList.toggle("right", key === "letter.right");
  }

  /** A row for each slice: what has come, where we are, what matters. */
  private rail(): void {
    const { at, count } = this;
    const rail = this.parts.get("rail");
    const canvas = rail?.querySelector("canvas");
    if (!rail || !canvas || !this.series) return;
    rail.hidden = this.name === "sagittal" || this.name === "coronal" || count < 2;
    const n = this.series.slices.length;
    canvas.width = 1;
    canvas.height = n;
    const draw = canvas.getContext("2d");
    for (let i = 0; draw && i < n; i++) {
      draw.fillStyle = this.here.has(i) ? "#5c6b77" : "#20282f";
      draw.fillRect(0, i, 1, 1);
    }
    rail.querySelectorAll("u").forEach((u) => u.remove());
    const mark = (i: number, name: string): void => {
      const u = document.createElement("u");
      u.className = name;
      u.style.top = `calc(10px + (100% - 20px) * ${i / Math.max(1, n - 1)})`;
      rail.append(u);
    };
    for (const k of this.keys) {
      const i = this.series.slices.findIndex((s) => s.uid === k.instance && s.n === k.frame);
      if (i >= 0) mark(i, `k hue-${k.hue}`);
    }
    mark(Math.min(at, n - 1), "");
  }
}
