// One viewport on the page: what is written over the image, where left and head are, and the rail beside it.
import { cache, Enums, type Types } from "@cornerstonejs/core";
import { scaleOf, type Key, type Series, type Slice } from "./data";
import { cross, toward, type Vector } from "./geometry";
import type { Stage } from "./stage";
import { number, say } from "./words";

const letters: [string, string][] = [
  ["letter.left", "letter.right"],
  ["letter.back", "letter.front"],
  ["letter.head", "letter.feet"],
];

export class Pane {
  readonly gl: HTMLDivElement;
  private readonly over: HTMLCanvasElement; // what came with the images is drawn here
  keys: Key[] = [];
  blank = true; // nothing is shown: what stands in the canvas is another image's
  private shows: Series | undefined;
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
    this.over = document.createElement("canvas");
    this.over.className = "over";
    this.gl.after(this.over);
    const rail = this.add("rail");
    rail.append(document.createElement("canvas"));
    this.drag(rail);
  }

  get series(): Series | undefined {
    return this.shows;
  }

  /** Another series is going to be shown: nothing that was written or drawn of the former one stays. */
  set series(series: Series | undefined) {
    if (series === this.shows) return;
    this.shows = series;
    this.here.clear();
    for (const part of this.parts.values()) if (/^[to] /.test(part.className)) part.replaceChildren();
    this.wait();
    this.titles();
  }

  /** Nothing is shown until the image has come. */
  wait(): void {
    this.blank = true;
    this.element.classList.add("blank");
    this.stage.changed();
  }

  /** The image that is to be shown is on the screen. */
  private shown(): void {
    this.blank = false;
    this.element.classList.remove("blank");
    this.said("");
  }

  /** Nothing is shown, and why. */
  fail(why: string): void {
    this.wait();
    this.said(why);
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
    this.element.addEventListener("pointerdown", () => (this.stage.touched = this.name), { signal, capture: true });
    for (const event of [Enums.Events.IMAGE_RENDERED, Enums.Events.VOI_MODIFIED, Enums.Events.CAMERA_MODIFIED]) this.gl.addEventListener(event, draw, { signal });
    this.gl.addEventListener(Enums.Events.PRE_STACK_NEW_IMAGE, (e) => !cache.isLoaded((e as CustomEvent<{ imageId: string }>).detail.imageId) && this.wait(), { signal });
    for (const event of [Enums.Events.STACK_NEW_IMAGE, Enums.Events.VOLUME_NEW_IMAGE])
      this.gl.addEventListener(
        event,
        () => {
          this.shown();
          this.stage.frameWindow(this);
          if (this.name === "stack") this.stage.follow();
          this.stage.changed();
        },
        { signal },
      );
  }

  close(): void {
    this.stop.abort();
    for (const part of this.parts.values()) part.remove();
    this.over.remove();
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

  private titles(): void {
    const s = this.series;
    if (!s) return;
    const first = s.slices[0];
    const scale = first ? scaleOf(first) : "";
    this.write("t tl", say("plane." + this.name), this.name === "stack" || this.name === "prior" ? (s.description ?? "") : "", say("scale." + scale));
    this.write("t tr", [s.title, s.study.title].filter(Boolean).join(" · "), s.study.day);
  }

  private draw(): void {
    const v = this.stage.engine.getViewport(this.name) as (Types.IStackViewport & Types.IVolumeViewport) | undefined;
    const s = this.series;
    if (!v || !s) return;
    const slices = s.slices;
    const at = v.getSliceIndex?.() ?? 0;
    const count = v.getNumberOfSlices?.() ?? slices.length;
    const slice = slices[Math.min(at, slices.length - 1)];
    const range = v.getProperties()?.voiRange; // planes have none until their volume is there
    this.titles();
    const thick = slice?.frame.thickness;
    const width = range ? range.upper - range.lower + 1 : 0; // PS3.3 section C.11.2.1.2: both ends are counted
    this.write(
      "t bl",
      say("slice", { at: number(at + 1), all: number(count) }) + (thick && this.name !== "sagittal" && this.name !== "coronal" ? " · " + say("thick", { mm: number(thick, thick % 1 ? 1 : 0) }) : ""),
      range ? say("level", { center: number((range.upper + range.lower) / 2), width: number(width) }) : "",
    );
    this.scale(v, slice);
    this.letters(v.getCamera(), slice);
    const flat = this.name === "stack" || this.name === "prior";
    this.stage.over(this.over, flat ? slice : undefined, (world) => v.worldToCanvas(world));
    this.at = at;
    this.count = count;
    this.rail();
  }

  /** A bar of whole centimeters, and what it is true of. An image that says no spacing has none. */
  private scale(v: Types.IStackViewport | Types.IVolumeViewport, slice: Slice | undefined): void {
    const e = this.parts.get("t br");
    if (!e) return;
    const a = v.canvasToWorld([0, 0]);
    const b = v.canvasToWorld([100, 0]);
    const mm = Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]) / 100;
    if (!slice?.frame.spacing || slice.image.regions || !(mm > 0)) return e.replaceChildren();
    const length = [200, 100, 50, 20, 10, 5, 2, 1].find((l) => l / mm < 160) ?? 1;
    const bar = document.createElement("span");
    bar.className = "scale";
    bar.style.width = `${length / mm}px`;
    e.replaceChildren(bar, [say("scale", { mm: number(length) }), say("scale." + scaleOf(slice))].filter(Boolean).join(" "));
  }

  /** Which way the patient lies: the screen's right is the cross product of up and towards the viewer. An image that does not say has no letters. */
  private letters(camera: Types.ICamera, slice: Slice | undefined): void {
    const up = camera.viewUp as Vector | undefined;
    const n = camera.viewPlaneNormal as Vector | undefined;
    const known = slice?.frame.orientation && up && n;
    const right = known ? cross(up, n) : ([0, 0, 0] as Vector);
    const flips = camera.flipHorizontal ? -1 : 1;
    this.letter("o e", right, flips);
    this.letter("o w", right, -flips);
    this.letter("o n", known ? up : [0, 0, 0], 1);
    this.letter("o so", known ? up : [0, 0, 0], -1);
  }

  private letter(part: string, direction: Vector, sign: number): void {
    const ways = toward(direction).map(({ axis, positive }) => letters[axis]?.[positive === sign > 0 ? 0 : 1] ?? "");
    const text = ways.map((key) => say(key)).join("");
    const e = this.parts.get(part);
    if (e && e.textContent !== text) e.textContent = text;
    e?.classList.toggle("right", ways[0] === "letter.right");
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
    for (const k of this.keys.filter((one) => !one.plane)) {
      const i = this.series.slices.findIndex((s) => s.uid === k.instance && s.n === k.frame);
      if (i >= 0) mark(i, `k hue-${k.hue}`);
    }
    mark(Math.min(at, n - 1), "");
  }
}
