// Where the voxels of a scan lie in the patient, and how its slices are laid out as pictures. Lengths are millimeters (left, posterior, head).

export type Triple = [number, number, number];
export type Axis = 0 | 1 | 2;
export const axes = ["sagittal", "coronal", "axial"] as const; // by the index that stays

/** What the node says of the segmentation that is changed. */
export interface Given {
  id: string;
  size: Triple;
  spacing_mm: Triple;
  origin_mm: Triple; // of the first voxel's middle
  directions: number[]; // unit vectors of the voxels' axes, one after another
  slice: string;
  mask: string;
}

export async function ask(url: string, of: string): Promise<Given> {
  const answer = await fetch(url + encodeURIComponent(of), { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as Given;
}

export class Grid {
  constructor(readonly given: Given) {}

  private direction(axis: number): Triple {
    return this.given.directions.slice(3 * axis, 3 * axis + 3) as Triple;
  }

  /** The place of a broken index. */
  point(index: Triple): Triple {
    const p = [...this.given.origin_mm] as Triple;
    for (const axis of [0, 1, 2] as const) {
      const d = this.direction(axis);
      for (const c of [0, 1, 2] as const) p[c] += d[c] * index[axis] * this.given.spacing_mm[axis];
    }
    return p;
  }

  /** The broken index of a place. */
  index(p: Triple): Triple {
    const { origin_mm: o, spacing_mm: s } = this.given;
    return [0, 1, 2].map((axis) => {
      const d = this.direction(axis);
      return (d[0] * (p[0] - o[0]) + d[1] * (p[1] - o[1]) + d[2] * (p[2] - o[2])) / (s[axis] ?? 1);
    }) as Triple;
  }

  /** The side of the patient to which an axis leads, or comes from. */
  side(axis: number, up: boolean): string {
    const d = this.direction(axis);
    const most = [0, 1, 2].reduce((a, b) => (Math.abs(d[b] ?? 0) > Math.abs(d[a] ?? 0) ? b : a), 0);
    const names = [["right", "left"], ["front", "back"], ["feet", "head"]][most] as [string, string];
    return names[(d[most] ?? 0) > 0 === up ? 1 : 0] as string;
  }
}

/** A slice as a picture: columns along one axis, rows along another, as the node draws it. */
export class Layout {
  readonly across: Axis;
  readonly down: Axis;
  readonly width: number;
  readonly height: number;

  constructor(readonly grid: Grid, readonly axis: Axis, readonly at: number) {
    this.across = axis === 0 ? 1 : 0;
    this.down = axis === 2 ? 1 : 2;
    this.width = grid.given.size[this.across];
    this.height = grid.given.size[this.down];
  }

  /** The row of the picture that an index along `down` has: of all but axial slices the last one is on top. */
  row(index: number): number {
    return this.axis === 2 ? index : this.height - 1 - index;
  }

  /** The broken voxel index at a column and a row. */
  voxel(column: number, row: number): Triple {
    const index: Triple = [0, 0, 0];
    index[this.axis] = this.at;
    index[this.across] = column;
    index[this.down] = this.row(row);
    return index;
  }

  get mm(): [number, number] {
    return [this.grid.given.spacing_mm[this.across], this.grid.given.spacing_mm[this.down]];
  }

  /** The letters at left, right, top and bottom, as sides of the patient. */
  sides(): [string, string, string, string] {
    const flipped = this.axis !== 2;
    return [this.grid.side(this.across, false), this.grid.side(this.across, true), this.grid.side(this.down, flipped), this.grid.side(this.down, !flipped)];
  }
}
