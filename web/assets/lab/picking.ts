// Points from the surface into the page's forms. A form marks a row with data-pick and a button that starts it; without the script its fields are typed into.
import type { Hit } from "./part";
import { number } from "../viewer/words";

export interface Picked {
  point: [number, number, number];
  normal: [number, number, number];
  layer: string;
  pick: string;
}

export class Picking {
  private row?: HTMLElement;

  constructor(private readonly began: () => void, private readonly ended: () => void) {
    offer(document);
    new MutationObserver((all) => {
      for (const change of all) for (const node of change.addedNodes) if (node instanceof Element) offer(node);
    }).observe(document.body, { childList: true, subtree: true });
    document.addEventListener("click", (e) => {
      const start = (e.target as Element).closest<HTMLElement>("[data-pick-start]");
      const row = start?.closest<HTMLElement>("[data-pick]");
      if (!row) return;
      if (row === this.row) this.end();
      else this.begin(row);
    });
  }

  get on(): boolean {
    return this.row !== undefined;
  }

  private begin(row: HTMLElement): void {
    this.press(false);
    this.row = row;
    this.press(true);
    this.began();
  }

  /** Ends it; whoever asked for the point goes on in the form. */
  end(back = false): void {
    const { row } = this;
    if (!row) return;
    this.press(false);
    this.row = undefined;
    this.ended();
    if (back) row.querySelector<HTMLElement>("[data-pick-start]")?.focus();
  }

  private press(on: boolean): void {
    this.row?.querySelector("[data-pick-start]")?.setAttribute("aria-pressed", String(on));
    this.row?.classList.toggle("picking", on);
  }

  /** Fills the fields of the row, tells the form, and goes on to the next empty row of its group. Returns what stands in the row. */
  take(hit: Hit): string {
    const row = this.row;
    if (!row) return "";
    const fill = (mark: string, value: string): void => {
      for (const input of row.querySelectorAll<HTMLInputElement>(`[data-pick-${mark}]`)) {
        input.value = value;
        for (const event of ["input", "change"]) input.dispatchEvent(new Event(event, { bubbles: true }));
      }
    };
    fill("point", hit.point.toArray().map((v) => v.toFixed(2)).join(" "));
    fill("normal", hit.normal.toArray().map((v) => v.toFixed(4)).join(" "));
    fill("layer", hit.layer);
    const detail: Picked = { point: hit.point.toArray(), normal: hit.normal.toArray(), layer: hit.layer, pick: row.dataset.pick ?? "" };
    row.dispatchEvent(new CustomEvent("lab:pick", { bubbles: true, detail }));
    const next = this.next(row);
    if (next) this.begin(next);
    else this.end(true);
    return row.dataset.pickName ?? number(count++);
  }

  private next(row: HTMLElement): HTMLElement | undefined {
    const group = row.dataset.pickMany;
    if (!group) return undefined;
    const rows = document.querySelectorAll<HTMLElement>(`[data-pick][data-pick-many="${CSS.escape(group)}"]`);
    return [...rows].find((r) => [...r.querySelectorAll<HTMLInputElement>("[data-pick-point]")].some((i) => i.value.trim() === ""));
  }
}

let count = 1; // names points whose row has none

/** The buttons that start it are of use only where the script runs. */
function offer(within: ParentNode & { matches?: Element["matches"] }): void {
  for (const b of within.querySelectorAll<HTMLElement>("[data-pick-start][hidden]")) b.hidden = false;
}
