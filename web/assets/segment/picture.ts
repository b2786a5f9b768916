// Draws a slice, what belongs to it and what was painted, and tells which pixel lies under a place of the canvas.
import { axes, type Layout } from "./grid";
import type { Slice } from "./slices";
import { cover, type Mark, type Strokes } from "./strokes";

/** Red, green, blue and how much they cover; each stands in the legend too. */
const colors: Record<string, [number, number, number, number]> = {
  kept: [86, 184, 177, 105], added: [74, 214, 104, 165], removed: [242, 98, 86, 130], object: [96, 165, 255, 215], background: [255, 178, 66, 215],
};

export class Picture {
  zoom = 1; // pixels of the page for a millimeter
  private center: [number, number] = [0, 0]; // column and row in the middle
  private readonly c: CanvasRenderingContext2D;
  private readonly over = document.createElement("canvas");

  constructor(readonly canvas: HTMLCanvasElement) {
    const c = canvas.getContext("2d");
    if (!c) throw new Error("no canvas");
    this.c = c;
  }

  private get size(): [number, number] {
    return [this.canvas.clientWidth, this.canvas.clientHeight];
  }

  fit(layout: Layout): void {
    const [mx, my] = layout.mm;
    const [w, h] = this.size;
    this.zoom = Math.max(0.05, 0.96 * Math.min(w / (layout.width * mx), h / (layout.height * my)));
    this.center = [(layout.width - 1) / 2, (layout.height - 1) / 2];
  }

  /** Zooms so that what lies at a place of the canvas stays there. */
  nearer(by: number, layout: Layout, at: [number, number] = [this.size[0] / 2, this.size[1] / 2]): void {
    const before = this.pixel(layout, at);
    this.zoom = Math.max(0.2, Math.min(60, this.zoom * by));
    const after = this.pixel(layout, at);
    this.center = [this.center[0] + before[0] - after[0], this.center[1] + before[1] - after[1]];
  }

  move(layout: Layout, x: number, y: number): void {
    const [mx, my] = layout.mm;
    this.center = [this.center[0] - x / (mx * this.zoom), this.center[1] - y / (my * this.zoom)];
  }

  /** Keeps a pixel in sight. */
  show(layout: Layout, [column, row]: [number, number]): void {
    const [x, y] = this.place(layout, [column, row]);
    const [w, h] = this.size;
    this.move(layout, x < 20 ? 20 - x : x > w - 20 ? w - 20 - x : 0, y < 20 ? 20 - y : y > h - 20 ? h - 20 - y : 0);
  }

  /** The broken column and row under a place of the canvas. */
  pixel(layout: Layout, [x, y]: [number, number]): [number, number] {
    const [mx, my] = layout.mm;
    const [w, h] = this.size;
    return [this.center[0] + (x - w / 2) / (mx * this.zoom), this.center[1] + (y - h / 2) / (my * this.zoom)];
  }

  place(layout: Layout, [column, row]: [number, number]): [number, number] {
    const [mx, my] = layout.mm;
    const [w, h] = this.size;
    return [w / 2 + (column - this.center[0]) * mx * this.zoom, h / 2 + (row - this.center[1]) * my * this.zoom];
  }

  draw(layout: Layout, slice: Slice | undefined, strokes: Strokes, open: Mark | undefined, shown: boolean): void {
    const { c } = this;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = this.size;
    if (this.canvas.width !== Math.round(w * ratio) || this.canvas.height !== Math.round(h * ratio)) [this.canvas.width, this.canvas.height] = [Math.round(w * ratio), Math.round(h * ratio)];
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = "#000";
    c.fillRect(0, 0, w, h);
    if (!slice) return;
    const [mx, my] = layout.mm;
    const [x, y] = this.place(layout, [-0.5, -0.5]);
    const box: [number, number, number, number] = [x, y, layout.width * mx * this.zoom, layout.height * my * this.zoom];
    c.imageSmoothingEnabled = this.zoom * mx < 8;
    c.drawImage(slice.picture, ...box);
    if (!shown) return;
    this.paint(layout, slice, strokes, open);
    c.imageSmoothingEnabled = false;
    c.drawImage(this.over, ...box);
  }

  /** The layer over the slice: what belongs, what was added and taken away, and seeds. */
  private paint(layout: Layout, slice: Slice, strokes: Strokes, open: Mark | undefined): void {
    [this.over.width, this.over.height] = [layout.width, layout.height];
    const c = this.over.getContext("2d");
    if (!c) return;
    const now = slice.mask.slice();
    const seeds = new Uint8Array(now.length);
    for (const { sort, stroke } of open ? [...strokes.done, open] : strokes.done) {
      const value = sort === "brush" ? (stroke.erase ? 0 : 1) : sort === "object" ? 1 : 2;
      const into = sort === "brush" ? now : seeds;
      cover(stroke, layout.grid, layout, (at) => (into[at] = value));
    }
    const pixels = c.createImageData(layout.width, layout.height);
    for (let at = 0; at < now.length; at++) {
      const name = seeds[at] === 1 ? "object" : seeds[at] === 2 ? "background" : now[at] ? (slice.mask[at] ? "kept" : "added") : slice.mask[at] ? "removed" : "";
      if (name) pixels.data.set(colors[name] as number[], 4 * at);
    }
    c.putImageData(pixels, 0, 0);
  }

  /** The brush, or the cross of who chooses a place. */
  cursor(layout: Layout, at: [number, number], radius: number, down: boolean): void {
    const { c } = this;
    const [x, y] = this.place(layout, at);
    c.lineWidth = down ? 3 : 1.5;
    for (const [color, dash] of [["#000", 0], ["#fff", 4]] as const) {
      c.strokeStyle = color;
      c.setLineDash(dash ? [dash, dash] : []);
      c.beginPath();
      if (radius > 0) c.arc(x, y, Math.max(2, radius * this.zoom), 0, 2 * Math.PI);
      else for (const [dx, dy] of [[12, 0], [-12, 0], [0, 12], [0, -12]] as const) {
        c.moveTo(x + dx / 3, y + dy / 3);
        c.lineTo(x + dx, y + dy);
      }
      c.stroke();
    }
    c.setLineDash([]);
  }
}

/** The slice that a stroke in one slice alone is named by. */
export const named = (axis: number): (typeof axes)[number] => axes[axis] as (typeof axes)[number];
