// Brings the layers of the scene: those of the shown view first, each with its count of bytes, and one that fails leaves the others alone.
import { make } from "./dom";
import { Damaged, read } from "./glb";
import { bytes, Missing } from "./load";
import { Part } from "./part";
import { paint, top } from "./scale";
import type { Layer } from "./scene";
import { number, say } from "../viewer/words";

export class Loader {
  /** Where the scale of a stress layer ends. */
  readonly ends = new Map<string, number>();
  private readonly known = new Map<string, string>(); // layer to the address it has come from, or is coming from
  private readonly under = new Map<string, { name: string; got: number; of: number }>();

  constructor(private readonly progress: HTMLElement, private readonly faults: HTMLElement, private readonly came: (part: Part) => void) {
    progress.append(make("span"), make("progress", { max: "1", value: "0", "aria-label": say("loading", { what: "" }) }), make("small"));
  }

  /** Loads what is new; resolves when the first of them are there, those that `first` says. */
  async load(layers: Layer[], first: (l: Layer) => boolean): Promise<void> {
    const fresh = layers.filter((l) => this.known.get(l.id) !== l.url);
    await Promise.all(fresh.filter(first).map((l) => this.bring(l)));
    void Promise.all(fresh.filter((l) => !first(l)).map((l) => this.bring(l)));
  }

  private async bring(layer: Layer): Promise<void> {
    this.known.set(layer.id, layer.url);
    const count = { name: layer.name, got: 0, of: layer.bytes };
    this.under.set(layer.id, count);
    const got = (n: number, of: number): void => {
      count.got = n;
      count.of = of;
      this.tell();
    };
    try {
      const [mesh, values] = await Promise.all([bytes(layer.url, layer.bytes, got), layer.values && bytes(layer.values.url, 0, () => {})]);
      this.tell(true);
      await painted(); // the words "preparing" are seen before the page is busy
      this.came(new Part(layer, read(mesh), values && this.colors(layer, values)));
    } catch (e) {
      this.known.delete(layer.id);
      this.fail(layer, e);
    }
    this.under.delete(layer.id);
    this.tell();
  }

  private colors(layer: Layer, file: ArrayBuffer): Float32Array {
    if (file.byteLength % 4 !== 0) throw new Damaged("cut off");
    const values = new Float32Array(file);
    const end = layer.values?.top || top(values);
    this.ends.set(layer.id, end);
    return paint(values, end);
  }

  private tell(drawing = false): void {
    const all = [...this.under.values()];
    this.progress.hidden = all.length === 0;
    const [text, bar, count] = [...this.progress.children] as [HTMLElement, HTMLProgressElement, HTMLElement];
    const [got, of] = [all.reduce((n, l) => n + l.got, 0), all.reduce((n, l) => n + l.of, 0)];
    text.textContent = drawing ? say("drawing") : say("loading", { what: all.map((l) => l.name).join(", ") });
    bar.value = of > 0 ? Math.min(1, got / of) : 0;
    count.textContent = say("loaded", { got: megabytes(got), of: megabytes(of) });
  }

  private fail(layer: Layer, e: unknown): void {
    const why = e instanceof Missing ? (e.message === "offline" ? say("offline") : e.message) : e instanceof Damaged || e instanceof RangeError ? say("broken") : String(e);
    const again = make("button", { type: "button", class: "btn quiet" }, say("again"));
    const row = make("p", {}, say("failed", { what: layer.name, why }), " ", again);
    again.addEventListener("click", () => {
      row.remove();
      void this.bring(layer);
    });
    this.faults.append(row);
  }
}

function megabytes(n: number): string {
  return number(n / 1e6, 1);
}

/** Resolves after the browser has drawn what was changed, or at once where it draws nothing because nobody looks. */
function painted(): Promise<void> {
  return new Promise((done) => {
    const late = window.setTimeout(done, 100);
    requestAnimationFrame(() => {
      window.clearTimeout(late);
      window.setTimeout(done, 0);
    });
  });
}
