// The panel beside the stage: measurements, key images of the case, and the draft of a new one.
import { csrfHeaders } from "../island/csrf";
import type { Data, KeyPlane, Slice } from "./data";
import * as marks from "./marks";
import type { Stage } from "./stage";
import { number, say } from "./words";

export class Panel {
  private readonly form = document.getElementById("key-form") as HTMLFormElement | null;
  private draft: { slice: Slice; plane?: KeyPlane } | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly base: string,
    private readonly data: Data,
    private readonly go: (study: number, instance: string, frame: number, plane?: KeyPlane) => void,
  ) {
    document.addEventListener("click", (e) => {
      const button = (e.target as Element).closest<HTMLElement>("[data-key]");
      const plane = button?.dataset.plane ? (JSON.parse(button.dataset.plane) as KeyPlane) : undefined;
      if (button) this.go(Number(button.dataset.study), button.dataset.key ?? "", Number(button.dataset.frame), plane);
    });
    this.form?.addEventListener("submit", (e) => {
      e.preventDefault();
      void this.file();
    });
  }

  /** Lists what was measured and is in no entry yet. */
  list(): void {
    const section = document.getElementById("marks");
    const list = section?.querySelector("ul");
    if (!section || !list) return;
    const all = marks.mine();
    section.hidden = all.length === 0;
    list.replaceChildren(
      ...all.map((a) => {
        const item = document.createElement("li");
        const slice = marks.sliceAt(a);
        const name = document.createElement("span");
        name.textContent = [marks.titleOf(a), slice && number(slice.series.slices.indexOf(slice) + 1)].filter(Boolean).join(" ");
        const value = document.createElement("b");
        value.textContent = marks.told(a);
        item.append(name, value);
        return item;
      }),
    );
  }

  /** Begins a key image of what is on the screen. */
  begin(): void {
    const slice = this.stage.slice;
    if (!this.form || !slice) return;
    const plane = this.stage.plane;
    this.draft = { slice, plane };
    this.form.hidden = false;
    this.thumbnail();
    const at = this.form.querySelector<HTMLElement>("[data-at]");
    const what = plane ? [say(`plane.${this.stage.hand?.name ?? ""}`), plane.mip ? "MIP" : ""] : [say("slice", { at: number(this.stage.at + 1), all: number(slice.series.slices.length) })];
    if (at) at.textContent = [...what, ...this.drawn(this.draft).used.map(marks.told)].filter(Boolean).join(" · ");
    this.error("");
    this.form.querySelector("textarea")?.focus();
    this.form.scrollIntoView({ block: "nearest" });
  }

  /** What was drawn on what the draft is of. */
  private drawn({ slice, plane }: { slice: Slice; plane?: KeyPlane }): ReturnType<typeof marks.marksOf> {
    return plane ? marks.marksOn(plane, slice.series) : marks.marksOf(slice);
  }

  private thumbnail(): void {
    const from = this.stage.hand?.gl.querySelector("canvas");
    const to = this.form?.querySelector("canvas");
    const draw = to?.getContext("2d");
    if (!from || !to || !draw || from.width === 0) return;
    const f = Math.min(to.width / from.width, to.height / from.height);
    draw.fillStyle = "#000";
    draw.fillRect(0, 0, to.width, to.height);
    draw.drawImage(from, (to.width - from.width * f) / 2, (to.height - from.height * f) / 2, from.width * f, from.height * f);
  }

  discard(): void {
    if (this.form) this.form.hidden = true;
  }

  private error(text: string): void {
    const e = this.form?.querySelector<HTMLElement>(".error");
    if (!e) return;
    e.hidden = text === "";
    e.textContent = text;
  }

  private async file(): Promise<void> {
    const note = this.form?.querySelector("textarea");
    if (!this.draft || !note) return;
    const { slice, plane } = this.draft;
    const { used, marks: list } = this.drawn(this.draft);
    const drawn = list.length ? list : undefined;
    const w = this.stage.shownWindow;
    const says = { instance: slice.uid, frame: slice.n || undefined, note: note.value.trim() || undefined, window: w && [Math.round(w.center), Math.max(1, Math.round(w.width))], ...(plane ? { plane: { ...plane, marks: drawn } } : { marks: drawn }) };
    try {
      const answer = await fetch(`${this.base}/${slice.series.study.entry}/keys`, {
        method: "POST",
        headers: { ...csrfHeaders(), "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(says),
      });
      if (!answer.ok) return this.error(((await answer.json()) as { detail?: string }).detail ?? say("failed"));
    } catch {
      return this.error(say("failed"));
    }
    marks.filed(used);
    note.value = "";
    this.discard();
    this.list();
  }
}
