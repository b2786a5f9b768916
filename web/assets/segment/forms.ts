// The forms below the board: what was painted goes with each of them, seeds with the walker, and places are pointed at for others.
import type { Triple } from "./grid";
import type { Sort, Stroke, Strokes } from "./strokes";
import { say } from "../viewer/words";

export class Forms {
  private row?: HTMLElement; // that waits for a place
  private sent = false;

  constructor(private readonly strokes: Strokes, private readonly told: () => void, private readonly changed: () => void) {
    for (const b of document.querySelectorAll<HTMLElement>("[data-point-start][hidden]")) b.hidden = false;
    document.addEventListener("click", (e) => {
      const start = (e.target as Element).closest<HTMLElement>("[data-point-start]");
      const row = start?.closest<HTMLElement>(".pick");
      if (!row) return;
      const same = row === this.row;
      this.leave();
      if (!same) this.begin(row);
    });
    document.addEventListener("submit", (e) => this.send(e));
    window.addEventListener("beforeunload", (e) => {
      if (this.strokes.undoable && !this.sent) e.preventDefault(); // the browser asks
    });
    this.restore();
    this.say();
  }

  /** What was painted before the node refused the form is painted again. */
  private restore(): void {
    const of = (name: string): string[] => [...document.querySelectorAll<HTMLInputElement>(`[data-segment-form] input[name="${name}"]`)].map((i) => i.value).filter(Boolean);
    for (const text of of("painted").slice(0, 1)) for (const { brush } of JSON.parse(text) as { brush?: Stroke }[]) if (brush) this.strokes.add({ sort: "brush", stroke: brush });
    for (const text of of("seeds")) for (const [sort, list] of Object.entries(JSON.parse(text) as Record<"object" | "background", Stroke[]>)) for (const stroke of list) this.strokes.add({ sort: sort as Sort, stroke });
  }

  get pointing(): boolean {
    return this.row !== undefined;
  }

  private begin(row: HTMLElement): void {
    this.row = row;
    row.querySelector("[data-point-start]")?.setAttribute("aria-pressed", "true");
    const canvas = document.querySelector<HTMLCanvasElement>("#segment-board canvas");
    canvas?.focus({ preventScroll: true });
    canvas?.scrollIntoView({ block: "center" });
    this.told();
  }

  leave(): void {
    const { row } = this;
    this.row = undefined;
    row?.querySelector("[data-point-start]")?.setAttribute("aria-pressed", "false");
    if (row) this.told();
  }

  /** Writes a place into the row; whoever wants more goes on pointing. */
  point(p: Triple): void {
    const field = this.row?.querySelector<HTMLTextAreaElement>("textarea");
    if (!field) return;
    field.value = `${field.value.trim()}\n${p.map((v) => v.toFixed(2)).join(" ")}`.trim();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    this.told();
  }

  /** The version that is changed from now on. */
  base(id: string): void {
    for (const input of document.querySelectorAll<HTMLInputElement>('[data-segment-form] input[name="of"]')) input.value = id;
  }

  /** Says how much waits to be kept. */
  say(): void {
    const n = this.strokes.of("brush").length;
    for (const p of document.querySelectorAll<HTMLElement>("[data-strokes-said]")) p.textContent = n ? say("painted", { n }) : say("nothing");
    const seeds = { object: this.strokes.of("object").length, background: this.strokes.of("background").length };
    for (const p of document.querySelectorAll<HTMLElement>("[data-seeds-said]")) p.textContent = say("seeds", seeds);
  }

  private send(e: SubmitEvent): void {
    const form = (e.target as Element).closest<HTMLFormElement>("[data-segment-form]");
    if (!form) return;
    if (document.querySelector(".segmenting .job")) {
      e.preventDefault();
      const board = document.getElementById("board-caption");
      if (board) board.textContent = say("waits");
      return;
    }
    const brush = this.strokes.of("brush").map((stroke) => ({ brush: stroke }));
    (form.elements.namedItem("painted") as HTMLInputElement).value = brush.length ? JSON.stringify(brush) : "";
    const seeds = form.elements.namedItem("seeds") as HTMLInputElement | null;
    if (seeds) seeds.value = JSON.stringify({ object: this.strokes.of("object"), background: this.strokes.of("background") });
    this.sent = true;
    this.changed();
  }
}
