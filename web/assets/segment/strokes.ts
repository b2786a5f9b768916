// What was painted: strokes that can be undone one by one and done again, and what each of them covers in a slice. The node replays the same strokes by the same rule.
import { axes, type Grid, type Layout, type Triple } from "./grid";

export interface Stroke {
  path_mm: Triple[];
  radius_mm: number;
  erase?: boolean;
  slice?: (typeof axes)[number]; // a disc in this slice alone
}

export type Sort = "brush" | "object" | "background";

export interface Mark {
  sort: Sort;
  stroke: Stroke;
}

const most: Record<Sort, number> = { brush: 1900, object: 90, background: 90 };

export class Strokes {
  done: Mark[] = [];
  private undone: Mark[] = [];

  add(mark: Mark): void {
    this.done.push(mark);
    this.undone = [];
  }

  undo(): boolean {
    const last = this.done.pop();
    if (last) this.undone.push(last);
    return last !== undefined;
  }

  redo(): boolean {
    const last = this.undone.pop();
    if (last) this.done.push(last);
    return last !== undefined;
  }

  get undoable(): boolean {
    return this.done.length > 0;
  }

  get redoable(): boolean {
    return this.undone.length > 0;
  }

  of(sort: Sort): Stroke[] {
    return this.done.filter((m) => m.sort === sort).map((m) => m.stroke);
  }

  full(sort: Sort): boolean {
    return this.of(sort).length >= most[sort];
  }
}

/** A place as it is written down, in thousandths of a millimeter: what is seen and what the node paints are then the same. */
export function written(p: Triple): Triple {
  return p.map((v) => Math.round(v * 1000) / 1000 + 0) as Triple;
}

/** Calls `paint` with the offset of each pixel of the slice that a stroke covers, some more than once. */
export function cover(stroke: Stroke, grid: Grid, slice: Layout, paint: (offset: number) => void): void {
  const flat = stroke.slice === undefined ? -1 : axes.indexOf(stroke.slice);
  const only = flat < 0 ? 0 : Math.round(grid.index(stroke.path_mm[0] as Triple)[flat as 0 | 1 | 2]);
  if (flat === slice.axis && only !== slice.at) return;
  const { spacing_mm: mm } = grid.given;
  const r2 = stroke.radius_mm * stroke.radius_mm;
  const reach = (axis: 0 | 1 | 2, at: number, size: number): [number, number] => {
    if (axis === flat) return [only, only];
    const far = stroke.radius_mm / mm[axis];
    return [Math.max(0, Math.ceil(at - far - 1e-9)), Math.min(size - 1, Math.floor(at + far + 1e-9))];
  };
  dabs(stroke, (p) => {
    const at = grid.index(p);
    const off = flat === slice.axis ? 0 : (slice.at - at[slice.axis]) * mm[slice.axis];
    if (off * off > r2) return;
    const [i0, i1] = reach(slice.across, at[slice.across], slice.width);
    const [j0, j1] = reach(slice.down, at[slice.down], slice.height);
    for (let j = j0; j <= j1; j++) {
      const dy = slice.down === flat ? 0 : (j - at[slice.down]) * mm[slice.down];
      const row = slice.row(j) * slice.width;
      for (let i = i0; i <= i1; i++) {
        const dx = slice.across === flat ? 0 : (i - at[slice.across]) * mm[slice.across];
        if (dx * dx + dy * dy + off * off <= r2) paint(row + i);
      }
    }
  });
}

/** The places along the path at which the brush is put down: half a radius apart at most. */
function dabs(stroke: Stroke, put: (p: Triple) => void): void {
  stroke.path_mm.forEach((p, n) => {
    const from = stroke.path_mm[Math.max(n - 1, 0)] as Triple;
    const d = p.map((v, c) => v - (from[c] ?? 0)) as Triple;
    const steps = Math.floor(Math.hypot(...d) / Math.max(stroke.radius_mm / 2, 1e-3)) + 1;
    for (let s = 1; s <= steps; s++) put([0, 1, 2].map((c) => (from[c as 0] ?? 0) + ((d[c as 0] ?? 0) * s) / steps) as Triple);
  });
}
