// The viewer of a case's images. The page shows single images without it; here they become stacks, planes through volumes, and measurements.
import { cache, Enums, eventTarget, init } from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import { arrived, faultOf, load, type Data, type KeyPlane, type Series } from "./viewer/data";
import { Givens } from "./viewer/given";
import { keys } from "./viewer/keys";
import * as marks from "./viewer/marks";
import { Panel } from "./viewer/panel";
import { register } from "./viewer/pixels";
import { priorOf } from "./viewer/prior";
import { Stage, type Layout } from "./viewer/stage";
import { Together } from "./viewer/together";
import { redo, setUp, take, undo } from "./viewer/tools";
import { number, read, say } from "./viewer/words";

async function open(root: HTMLElement, first: HTMLElement): Promise<void> {
  read(root);
  const base = root.dataset.base ?? "";
  const data = load(base, root.dataset.src ?? "");
  cache.setMaxCacheSize(2 ** 31);
  init();
  setUp();
  register();
  const viewer = new Viewer(root, first, base, await data);
  await viewer.start();
  root.dataset.ready = String(Math.round(performance.now()));
}

const patience = 2_500; // ms between questions for what is on its way

/** Windows for CT, in Hounsfield units: center and width. */
const windows: [string, number, number][] = [
  ["bone", 500, 2000],
  ["brain", 40, 80],
  ["soft", 40, 400],
  ["lung", -600, 1500],
];

class Viewer {
  private readonly stage: Stage;
  private readonly panel: Panel;
  private readonly givens: Givens;
  private readonly together: Together;
  private tool = "window";
  private cine = 0;
  private visible = true;

  constructor(
    private readonly root: HTMLElement,
    first: HTMLElement,
    base: string,
    private readonly data: Data,
  ) {
    this.stage = new Stage(root.querySelector("#stage") as HTMLElement, first);
    this.stage.changed = () => this.changed();
    const go = (study: number, instance: string, frame: number): Promise<void> => this.goTo(study, instance, frame);
    this.givens = new Givens(this.stage, base, data, go);
    this.together = new Together(root, this.stage, base, data, go);
    this.panel = new Panel(this.stage, base, data, (study, instance, frame, plane) => void this.goTo(study, instance, frame, plane));
  }

  async start(): Promise<void> {
    const { study, series, at } = this.root.dataset;
    (this.root.querySelector(".v-tools") as HTMLElement).hidden = false;
    this.listen();
    await this.open(Number(study), Number(series), Number(at));
    this.together.start();
    this.wait();
  }

  /** Packs of a study may still be on their way from the other hospital, and a line that was down comes back. */
  private wait(): void {
    window.setTimeout(async () => {
      try {
        if (await arrived(this.data, this.root.dataset.src ?? "")) this.stage.more();
        await this.stage.again();
      } catch {
        // the line is down: the page says so, and it is asked again
      }
      this.wait();
    }, patience);
  }

  private async open(study: number, series: number, at?: number, layout?: Layout): Promise<void> {
    const s = this.data.studies[study]?.series[series];
    if (!s) return;
    marks.draw(this.data.keys, s, hue);
    this.windowButtons(s);
    this.current(study, series);
    await this.stage.show(s, at ?? s.slices.length >> 1, layout, priorOf(s, this.data.studies.flatMap((one) => one.series)));
    for (const pane of this.stage.panes.values()) pane.keys = this.data.keys;
    void this.givens.of(this.stage.prior && this.stage.layout === "prior" ? [s.study, this.stage.prior.study] : [s.study]);
    this.use(this.tool);
  }

  private async goTo(study: number, instance: string, frame: number, plane?: KeyPlane): Promise<void> {
    const all = this.data.studies[study]?.series ?? [];
    const k = all.findIndex((s) => s.slices.some((slice) => slice.uid === instance && slice.n === frame));
    const series = all[k];
    if (!series) return;
    const at = series.slices.findIndex((slice) => slice.uid === instance && slice.n === frame);
    if (plane && (series !== this.stage.series || this.stage.layout !== "mpr")) await this.open(study, k, at, "mpr");
    else if (series === this.stage.series) await this.stage.jump(at);
    else await this.open(study, k, at);
    if (plane) this.stage.lookAt(plane);
    const key = this.data.keys.find((one) => one.instance === instance && one.frame === frame && one.plane?.position.join() === plane?.position.join());
    if (key?.window) this.stage.setWindow({ center: key.window[0] as number, width: key.window[1] as number });
  }

  private current(study: number, series: number): void {
    for (const th of this.root.querySelectorAll<HTMLElement>(".th")) {
      const now = Number(th.dataset.study) === study && Number(th.dataset.series) === series;
      if (now) th.setAttribute("aria-current", "true");
      else th.removeAttribute("aria-current");
    }
  }

  /** A button for each window that means something for the series: only the values of a CT mean something by themselves. */
  private windowButtons(series: Series): void {
    const names = ["own", ...(series.modality === "CT" ? windows.map((w) => w[0]) : [])];
    const buttons = names.map((name, i) => {
      const b = document.createElement("button");
      b.type = "button";
      b.className = "tb";
      b.textContent = say("window." + name);
      b.addEventListener("click", () => this.window(i));
      return b;
    });
    document.getElementById("windows")?.replaceChildren(...buttons);
  }

  /** The window of a key or a button: 0 the images' own. */
  private window(n: number): void {
    const w = windows[n - 1];
    if (!w) this.stage.ownWindow();
    else if (this.stage.series?.modality === "CT") this.stage.setWindow({ center: w[1], width: w[2] });
  }

  private use(name: string): void {
    this.tool = take(name, this.stage.layout);
    for (const b of this.root.querySelectorAll<HTMLElement>("[data-tool]")) {
      b.setAttribute("aria-pressed", String(b.dataset.tool === this.tool));
    }
  }

  private async lay(layout: Layout): Promise<void> {
    const s = this.stage.series;
    if (!s) return;
    const study = this.data.studies.indexOf(s.study);
    await this.open(study, s.study.series.indexOf(s), this.stage.at, layout);
    this.use(this.stage.layout === "mpr" ? "cross" : this.tool === "cross" ? "window" : this.tool);
    if (layout === "mpr" && this.stage.layout !== "mpr") this.stage.main?.said(noVolume(s));
  }

  private listen(): void {
    this.root.addEventListener("click", (e) => {
      const on = (name: string): HTMLElement | null => (e.target as Element).closest<HTMLElement>(`[data-${name}]`);
      const tool = on("tool")?.dataset.tool;
      if (tool) this.use(tool);
      const act = on("act")?.dataset.act;
      if (act) this.act(act);
      const layout = on("layout");
      if (layout instanceof HTMLButtonElement) void this.lay(layout.dataset.layout as Layout);
      const th = (e.target as Element).closest<HTMLElement>(".th");
      if (th) {
        e.preventDefault();
        void this.open(Number(th.dataset.study), Number(th.dataset.series));
      }
    });
    keys({
      slice: (by) => this.stage.scroll(by),
      window: (n) => this.window(n),
      tool: (name) => this.use(name),
      act: (name) => this.act(name),
      layout: (name) => void this.lay(this.stage.layout === name ? "single" : name),
    });
    for (const event of ["ANNOTATION_COMPLETED", "ANNOTATION_MODIFIED", "ANNOTATION_REMOVED"] as const) eventTarget.addEventListener(tools.Enums.Events[event], () => this.panel.list());
    eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_ERROR, (e) => this.stage.failed((e as CustomEvent<{ imageId?: string; error?: unknown }>).detail));
    new ResizeObserver(() => this.stage.resize()).observe(this.stage.root);
  }

  private act(name: string): void {
    const acts: Record<string, () => void> = {
      key: () => this.panel.begin(),
      discard: () => this.panel.discard(),
      cine: () => this.play(),
      mip: () => this.stage.toggleMIP(),
      invert: () => this.stage.invert(),
      reset: () => this.stage.reset(),
      undo: () => undo(),
      redo: () => redo(),
      remove: () => marks.removeChosen(),
      keys: () => (document.getElementById("keys") as HTMLDialogElement).showModal(),
      marks: () => {
        marks.show((this.visible = !this.visible));
        this.givens.show(this.visible);
      },
    };
    acts[name]?.();
    this.panel.list();
    if (["undo", "redo", "remove", "marks"].includes(name)) this.stage.engine.render();
    this.changed();
  }

  private play(): void {
    window.clearInterval(this.cine);
    if (this.cine) {
      this.cine = 0;
    } else {
      this.cine = window.setInterval(() => void this.stage.jump((this.stage.at + 1) % (this.stage.series?.slices.length ?? 1)), 90);
    }
  }

  private changed(): void {
    for (const b of this.root.querySelectorAll<HTMLElement>("button[data-layout]")) b.setAttribute("aria-pressed", String(b.dataset.layout === this.stage.layout));
    const press = (act: string, on: boolean): void => this.root.querySelector(`[data-act="${act}"]`)?.setAttribute("aria-pressed", String(on));
    press("mip", this.stage.mip);
    press("invert", this.stage.inverted);
    press("cine", this.cine !== 0);
    const mip = this.root.querySelector<HTMLButtonElement>('[data-act="mip"]');
    if (mip) mip.disabled = this.stage.layout !== "mpr";
    const prior = this.root.querySelector<HTMLButtonElement>('button[data-layout="prior"]');
    if (prior) prior.disabled = !this.stage.prior;
    for (const b of this.root.querySelectorAll<HTMLButtonElement>(whatNeedsAnImage)) b.disabled = this.stage.blank || (b.dataset.tool === "cross" && this.stage.layout !== "mpr");
    this.root.dataset.at = String(this.stage.at);
    this.root.dataset.layout = this.stage.layout;
  }
}

/** Tools and acts that need an image on the screen. */
const whatNeedsAnImage = "[data-tool], [data-act=key], [data-act=invert]";

/** Why planes are not laid through a series, as people read it. */
function noVolume(s: Series): string {
  const fault = faultOf(s);
  if (!fault) return say("novolume");
  const digits = (v: number | undefined): string => number(v ?? 0, 1);
  return say("novolume." + fault.why, { by: digits(fault.by), to: digits(fault.to) });
}

/** The color of a hospital in the reading room. */
function hue(n: number): string {
  const probe = document.createElement("i");
  probe.className = `hue-${n}`;
  document.getElementById("viewer")?.append(probe);
  probe.style.color = "var(--hue)";
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

const root = document.getElementById("viewer");
const first = root?.querySelector<HTMLElement>(".vp");
if (root && first) void open(root, first);
