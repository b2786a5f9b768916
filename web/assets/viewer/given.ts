// What came with the images and lies over them: marks, measurements, key images and segments that other programs kept as DICOM. The node reads the objects; here
// they are listed, and drawn over the image that they are of.
import type { Types } from "@cornerstonejs/core";
import type { Data, Preset, Series, Slice, Study } from "./data";
import { planeOf, toWorld } from "./geometry";
import type { Stage } from "./stage";
import { number, say } from "./words";

/** An object, as the node reads it. Points are columns and rows, from the top left corner of the first pixel. */
interface Given {
  sort: string;
  title?: string;
  parts?: { label?: string; color: string }[];
  drawings: Drawing[];
  study: number;
  shown: boolean;
}

interface Drawing {
  instance: string;
  frame: number;
  part?: number;
  lines?: { p: number[]; c?: boolean }[];
  says?: string[];
  at?: number[];
  window?: Preset;
}

const yellow = "#ffd166"; // of marks: neither a hospital's color nor that of what is drawn here
const longest = 80; // characters of a text over an image; the list has all of it

export class Givens {
  private readonly all: Given[] = [];
  private readonly asked = new Set<string>();
  private readonly drawings = new Map<string, { given: Given; drawing: Drawing }[]>(); // by image and frame
  private visible = true;

  constructor(
    private readonly stage: Stage,
    private readonly base: string,
    private readonly data: Data,
    private readonly go: (study: number, instance: string, frame: number) => Promise<void>,
  ) {
    this.stage.over = (canvas, slice, at) => this.draw(canvas, slice, at);
  }

  /** Asks for what came with studies, once for each. */
  async of(studies: Study[]): Promise<void> {
    for (const study of studies) {
      if (this.asked.has(study.entry)) continue;
      this.asked.add(study.entry);
      for (const series of study.series) for (const uid of series.objects ?? []) await this.fetch(study, series, uid);
    }
    this.list();
    this.redraw();
  }

  private async fetch(study: Study, series: Series, uid: string): Promise<void> {
    try {
      const answer = await fetch(`${this.base}/${study.entry}/objects/${uid}?t=${study.ticket}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return; // one that shows nothing, or is on its way
      const given = { ...((await answer.json()) as Given), study: this.data.studies.indexOf(study), shown: true };
      given.title ||= series.description;
      this.all.push(given);
      for (const drawing of given.drawings) {
        const key = `${study.uid} ${drawing.instance} ${drawing.frame}`;
        this.drawings.set(key, [...(this.drawings.get(key) ?? []), { given, drawing }]);
      }
    } catch {
      this.asked.delete(study.entry); // the line is down: asked again when the study is opened again
    }
  }

  show(visible: boolean): void {
    this.visible = visible;
    this.redraw();
  }

  private redraw(): void {
    this.stage.engine.render();
  }

  private list(): void {
    const section = document.getElementById("given");
    const list = section?.querySelector("ul");
    if (!section || !list) return;
    section.hidden = this.all.length === 0;
    list.replaceChildren(...this.all.map((g) => this.item(g)));
  }

  private item(g: Given): HTMLElement {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const tick = document.createElement("input");
    const what = say(`given.${g.sort}`);
    tick.type = "checkbox";
    tick.checked = g.shown;
    tick.setAttribute("aria-label", say("given.show", { what }));
    tick.addEventListener("change", () => {
      g.shown = tick.checked;
      this.redraw();
    });
    label.append(tick, [what, g.title === what ? "" : g.title].filter(Boolean).join(" · "));
    item.append(label, ...(g.parts ? g.parts.map((_, n) => this.segment(g, n)) : g.drawings.slice(0, 30).map((d) => this.line(g, d, (d.says ?? []).join(" · ")))));
    return item;
  }

  /** A segment, with the way to the middle of the images that have it. */
  private segment(g: Given, n: number): HTMLElement {
    const on = g.drawings.filter((d) => (d.part ?? 0) === n);
    const part = g.parts?.[n];
    const button = this.line(g, on[on.length >> 1], part?.label || say("segment", { n: number(n + 1) }));
    const swatch = document.createElement("i");
    swatch.style.background = part?.color ?? yellow;
    button.prepend(swatch);
    return button;
  }

  private line(g: Given, d: Drawing | undefined, text: string): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tb";
    const at = d && this.placeOf(g, d);
    button.append([text, at].filter(Boolean).join(" · "));
    button.disabled = !at;
    button.addEventListener("click", async () => {
      if (!d) return;
      await this.go(g.study, d.instance, d.frame);
      if (d.window) this.stage.setWindow(d.window);
    });
    return button;
  }

  /** Where an image stands in its series, in words. */
  private placeOf(g: Given, d: Drawing): string {
    for (const series of this.data.studies[g.study]?.series ?? []) {
      const at = series.slices.findIndex((s) => s.uid === d.instance && s.n === d.frame);
      if (at >= 0) return say("slice", { at: number(at + 1), all: number(series.slices.length) });
    }
    return "";
  }

  private draw(canvas: HTMLCanvasElement, slice: Slice | undefined, at: (world: Types.Point3) => Types.Point2): void {
    const dots = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * dots);
    canvas.height = Math.round(canvas.clientHeight * dots);
    const pen = canvas.getContext("2d");
    const all = slice && this.visible ? (this.drawings.get(`${slice.series.study.uid} ${slice.uid} ${slice.n}`) ?? []) : [];
    canvas.dataset.drawn = String(all.filter((a) => a.given.shown).length);
    if (!pen || !slice) return;
    pen.scale(dots, dots);
    const plane = planeOf(slice.frame, slice.n);
    const place = (p: number[], i: number): Types.Point2 => at(toWorld(plane, [p[i] as number, p[i + 1] as number]));
    for (const { given, drawing } of all) if (given.shown) drawOne(pen, given, drawing, place);
  }
}

function drawOne(pen: CanvasRenderingContext2D, g: Given, d: Drawing, place: (p: number[], i: number) => Types.Point2): void {
  const color = g.parts?.[d.part ?? 0]?.color ?? yellow;
  const path = new Path2D();
  for (const l of d.lines ?? []) {
    if (l.p.length === 2) {
      const [x, y] = place(l.p, 0);
      path.moveTo(x - 5, y);
      path.lineTo(x + 5, y);
      path.moveTo(x, y - 5);
      path.lineTo(x, y + 5);
      continue;
    }
    for (let i = 0; i + 1 < l.p.length; i += 2) path[i === 0 ? "moveTo" : "lineTo"](...place(l.p, i));
    if (l.c) path.closePath();
  }
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  if (g.parts) {
    pen.fillStyle = color + "40"; // a quarter: what lies below is still read
    pen.fill(path, "evenodd");
  }
  pen.stroke(path);
  const spot = d.at ?? d.lines?.[0]?.p.slice(-2);
  if (g.parts || !spot || spot.length < 2 || !d.says?.length) return;
  const [x, y] = place(spot, 0);
  pen.font = "13px Inter Variable, system-ui, sans-serif";
  pen.fillStyle = color;
  pen.shadowColor = "#000";
  pen.shadowBlur = 3;
  d.says.flatMap((s) => s.split("\n")).forEach((s, i) => pen.fillText(s.length > longest ? s.slice(0, longest) + "…" : s, x + 8, y + 4 + 16 * i));
  pen.shadowBlur = 0;
}
