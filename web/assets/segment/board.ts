// The board: which slice is seen, which tool is in the hand, and the stroke that is being painted.
import { Forms } from "./forms";
import { build, type Frame } from "./frame";
import { ask, axes, Grid, Layout, type Axis, type Given, type Triple } from "./grid";
import { hands } from "./hands";
import { keys } from "./keys";
import { named, Picture } from "./picture";
import { Slices, type Slice } from "./slices";
import { Strokes, written, type Mark, type Sort } from "./strokes";
import { number, say } from "../viewer/words";

type Tool = "add" | "erase" | "object" | "background";

const longest = 2000; // points of one stroke

export class Board {
  private readonly frame: Frame;
  private readonly picture: Picture;
  private readonly strokes = new Strokes();
  private readonly forms: Forms;
  private readonly paints: boolean;
  private grid: Grid;
  private slices: Slices;
  private layout: Layout;
  private slice?: Slice;
  private at: Triple;
  private tool: Tool = "add";
  private open?: Mark; // the stroke under the hand
  private cursor: [number, number] = [0, 0]; // column and row
  private seen = false; // the cursor is in the picture
  private asked = 0;
  private wanted = 0;

  constructor(private readonly root: HTMLElement, given: Given) {
    this.paints = root.dataset.paints !== undefined;
    this.frame = build(root, this.paints);
    this.picture = new Picture(this.frame.canvas);
    this.grid = new Grid(given);
    this.slices = new Slices(given);
    this.at = given.size.map((n) => n >> 1) as Triple;
    this.layout = new Layout(this.grid, 2, this.at[2]);
    this.forms = new Forms(this.strokes, () => this.tell(), () => this.changed());
    this.listen();
  }

  async start(): Promise<void> {
    this.picture.fit(this.layout);
    this.cursor = [this.layout.width / 2, this.layout.height / 2].map(Math.round) as [number, number];
    new ResizeObserver(() => this.draw()).observe(this.frame.view);
    this.take(this.tool);
    await this.load();
    this.root.dataset.ready = "1";
  }

  /** Goes on from another version; what was painted stays. */
  async change(id: string): Promise<void> {
    const given = await ask(this.root.dataset.board ?? "", id);
    this.grid = new Grid(given);
    this.slices = new Slices(given);
    this.root.dataset.of = given.id;
    this.forms.base(given.id);
    this.layout = new Layout(this.grid, this.layout.axis, Math.min(this.layout.at, given.size[this.layout.axis] - 1));
    await this.load();
  }

  private listen(): void {
    const { frame } = this;
    this.root.addEventListener("click", (e) => {
      const { plane, tool, act } = (e.target as Element).closest<HTMLElement>("button")?.dataset ?? {};
      if (plane) this.turn(axes.indexOf(plane as (typeof axes)[number]) as Axis);
      if (tool) this.take(tool as Tool);
      if (act) this.act(act);
    });
    frame.slider.addEventListener("input", () => this.move(Number(frame.slider.value) - 1));
    frame.size.addEventListener("input", () => this.draw());
    frame.soft.addEventListener("change", () => void this.load());
    for (const input of [frame.shown, frame.disc]) input.addEventListener("change", () => this.draw());
    hands(frame.canvas, {
      begin: (x, y) => this.begin(this.picture.pixel(this.layout, [x, y])),
      on: (x, y) => this.on(this.picture.pixel(this.layout, [x, y])),
      end: (keep) => this.end(keep),
      pinch: (by, at, [dx, dy]) => this.looked(() => {
        this.picture.move(this.layout, dx, dy);
        this.picture.nearer(by, this.layout, at);
      }),
      wheel: (by, zooms, at) => (zooms ? this.looked(() => this.picture.nearer(1.15 ** -by, this.layout, at)) : this.move(this.layout.at + by)),
      left: () => this.looked(() => (this.seen = false)),
    });
    keys(frame.canvas, {
      arrow: (x, y) => this.on([Math.round(this.cursor[0]) + x, Math.round(this.cursor[1]) + y], true),
      put: () => (this.open ? this.end(true) : this.begin(this.cursor)),
      slice: (by) => this.move(this.layout.at + by),
      plane: (n) => this.turn((2 - n) as Axis),
      tool: (name) => this.take(name as Tool),
      size: (by) => this.size(by),
      act: (name) => this.act(name),
    });
  }

  private act(name: string): void {
    const acts: Record<string, () => void> = {
      undo: () => this.strokes.undo(), redo: () => this.strokes.redo(),
      nearer: () => this.picture.nearer(1.25, this.layout), farther: () => this.picture.nearer(0.8, this.layout), fit: () => this.picture.fit(this.layout),
      keys: () => this.frame.keys.showModal(), disc: () => (this.frame.disc.checked = !this.frame.disc.checked),
      leave: () => (this.open ? this.end(false) : this.forms.leave()),
    };
    acts[name]?.();
    this.changed();
  }

  private size(by: number): void {
    this.frame.size.value = String(Number(this.frame.size.value) + 0.5 * by);
    this.draw();
  }

  private take(tool: Tool): void {
    this.tool = tool;
    this.forms.leave();
    this.tell();
  }

  private turn(axis: Axis): void {
    if (this.open) this.end(true);
    this.at[this.layout.axis] = this.layout.at;
    this.layout = new Layout(this.grid, axis, this.at[axis]);
    this.picture.fit(this.layout);
    this.cursor = [this.layout.width / 2, this.layout.height / 2].map(Math.round) as [number, number];
    void this.load();
  }

  private move(to: number): void {
    const { axis } = this.layout;
    const at = Math.max(0, Math.min(this.grid.given.size[axis] - 1, Math.round(to)));
    if (at === this.layout.at) return;
    this.at[axis] = at;
    this.layout = new Layout(this.grid, axis, at);
    void this.load();
  }

  /** Shows the slice when it has come; of many that are asked for in a row only the last. */
  private async load(): Promise<void> {
    const mine = ++this.wanted;
    const { layout } = this;
    this.tell();
    try {
      const slice = await this.slices.get(layout, this.frame.soft.checked);
      if (mine !== this.wanted) return;
      this.slice = slice;
      this.root.dataset.slice = `${named(layout.axis)} ${layout.at}`;
      this.draw();
    } catch (e) {
      if (mine === this.wanted) this.frame.caption.textContent = say("failed", { what: say("slice"), why: e instanceof TypeError ? say("offline") : e instanceof Error ? e.message : String(e) });
    }
  }

  private point([column, row]: [number, number]): Triple {
    return written(this.grid.point(this.layout.voxel(column, row)));
  }

  private begin(at: [number, number]): void {
    this.cursor = at;
    this.seen = true;
    if (this.forms.pointing) return this.forms.point(this.point(at.map(Math.round) as [number, number]));
    if (!this.paints) return;
    const sort: Sort = this.tool === "object" || this.tool === "background" ? this.tool : "brush";
    if (this.strokes.full(sort)) {
      this.frame.caption.textContent = say("full");
      return;
    }
    const flat = this.frame.disc.checked || sort !== "brush"; // seeds lie in the slice in which somebody sees them
    this.open = { sort, stroke: { path_mm: [this.point(at)], radius_mm: Number(this.frame.size.value), ...(this.tool === "erase" && { erase: true }), ...(flat && { slice: named(this.layout.axis) }) } };
    this.tell();
  }

  /** The brush goes on; by a key it stays in the picture. */
  private on(at: [number, number], byKey = false): void {
    const { width, height } = this.layout;
    this.cursor = byKey ? [Math.max(0, Math.min(width - 1, at[0])), Math.max(0, Math.min(height - 1, at[1]))] : at;
    this.seen = true;
    if (byKey) this.picture.show(this.layout, this.cursor);
    const { stroke } = this.open ?? {};
    if (stroke) {
      const p = this.point(this.cursor);
      const last = stroke.path_mm.at(-1) as Triple;
      if (Math.hypot(p[0] - last[0], p[1] - last[1], p[2] - last[2]) > Math.max(0.2 * stroke.radius_mm, 0.2)) stroke.path_mm.push(p);
      if (stroke.path_mm.length >= longest) {
        this.end(true);
        this.begin(this.cursor);
      }
    }
    this.draw();
  }

  private end(keep: boolean): void {
    const { open } = this;
    this.open = undefined;
    if (open && keep) this.strokes.add(open);
    if (open) this.changed();
  }

  private looked(how: () => void): void {
    how();
    this.draw();
  }

  /** Something was painted, undone or sent. */
  private changed(): void {
    this.forms.say();
    this.tell();
  }

  private tell(): void {
    const { frame, layout, root } = this;
    const caption = this.forms.pointing ? "point" : !this.paints ? "look" : this.open ? "down" : "paint";
    frame.caption.textContent = say(`caption.${caption}`);
    for (const b of root.querySelectorAll<HTMLButtonElement>("button[data-plane]")) b.setAttribute("aria-pressed", String(b.dataset.plane === named(layout.axis)));
    for (const b of root.querySelectorAll<HTMLButtonElement>("button[data-tool]")) b.setAttribute("aria-pressed", String(b.dataset.tool === this.tool && !this.forms.pointing));
    for (const [name, on] of [["undo", this.strokes.undoable], ["redo", this.strokes.redoable]] as const) {
      const b = root.querySelector<HTMLButtonElement>(`[data-act="${name}"]`);
      if (b) b.disabled = !on;
    }
    const all = this.grid.given.size[layout.axis];
    frame.slider.max = String(all);
    frame.slider.value = String(layout.at + 1);
    frame.number.textContent = say("at", { n: layout.at + 1, all });
    frame.slider.setAttribute("aria-valuetext", say("at", { n: layout.at + 1, all }));
    layout.sides().forEach((side, n) => ((frame.letters[n] as HTMLElement).textContent = say(`letter.${side}`)));
    root.dataset.strokes = String(this.strokes.done.length);
    this.draw();
  }

  private draw(): void {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      const { frame, layout, picture } = this;
      const size = Number(frame.size.value);
      frame.sizeSaid.textContent = say("tool.mm", { mm: number(2 * size, 0) });
      const fits = this.slice && this.slice.picture.width === layout.width && this.slice.picture.height === layout.height;
      picture.draw(layout, fits ? this.slice : undefined, this.strokes, this.open, frame.shown.checked);
      const focused = document.activeElement === frame.canvas;
      if (this.seen || focused) picture.cursor(layout, this.cursor, this.forms.pointing || !this.paints ? 0 : size, this.open !== undefined);
      const [x, y, z] = this.point(this.cursor).map((v) => number(Math.round(v * 10) / 10 + 0, 1)) as [string, string, string];
      frame.place.textContent = say("place", { x, y, z });
    });
  }
}
