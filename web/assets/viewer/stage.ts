// The viewports: one stack, a stack beside a prior study, or three planes through a volume.
import { cache, Enums, RenderingEngine, setVolumesForViewports, utilities, volumeLoader, type Types } from "@cornerstonejs/core";
import { faultOf, outwards, sliceOf, type KeyPlane, type Preset, type Series, type Slice } from "./data";
import { cross, dot, planeOf, toWorld, type Vector } from "./geometry";
import { Pane } from "./pane";
import { Prefetch, Refused } from "./pixels";
import { attach, detach } from "./tools";
import { say } from "./words";

export type Layout = "single" | "mpr" | "prior";
const planes = { mpr: ["axial", "sagittal", "coronal"], single: ["stack"], prior: ["stack", "prior"] } as const;

export interface Window {
  center: number;
  width: number;
}

export class Stage {
  readonly engine = new RenderingEngine("stage");
  readonly panes = new Map<string, Pane>();
  layout: Layout = "single";
  series: Series | undefined;
  prior: Series | undefined;
  mip = false;
  inverted = false;
  touched = ""; // the pane that a hand took last
  changed: () => void = () => {};
  /** Draws what came with the images over one of them; over none where planes are laid through a volume. */
  over: (canvas: HTMLCanvasElement, slice: Slice | undefined, at: (world: Types.Point3) => Types.Point2) => void = () => {};
  private readonly prefetch = new Prefetch();
  private readonly prefetchPrior = new Prefetch();
  private window: Window | undefined;
  private own: Types.VOIRange | undefined; // the window of the frame that was shown last

  constructor(
    readonly root: HTMLElement,
    private readonly template: HTMLElement,
  ) {}

  /** Nothing is shown, so that nothing can be measured or filed. */
  get blank(): boolean {
    return this.main?.blank ?? true;
  }

  /** An image could not be had. Where it is the one to be shown, nothing is shown and the reason is said. */
  failed(detail: { imageId?: string; error?: unknown }): void {
    const slice = sliceOf(detail.imageId ?? "");
    if (!slice) return;
    if (this.layout === "mpr") return this.main?.said(say("incomplete"));
    for (const [name, pane] of this.panes) if (this.stack(name)?.getCurrentImageId() === slice.id) pane.fail(reason(slice, detail.error));
  }

  /** Asks again for images that could not be had. */
  async again(): Promise<void> {
    for (const [name, pane] of this.panes) {
      const stack = this.layout === "mpr" ? undefined : this.stack(name);
      const id = stack?.getCurrentImageId();
      const underWay = id && cache.getImageLoadObject(id) && !cache.isLoaded(id);
      if (stack && id && pane.blank && !underWay) await stack.setStack(stack.getImageIds(), stack.getCurrentImageIdIndex());
    }
  }

  /** The pane that keys and buttons are about: the first one. */
  get main(): Pane | undefined {
    return [...this.panes.values()][0];
  }

  /** The pane that a hand took last; the first one where it took none. */
  get hand(): Pane | undefined {
    return this.panes.get(this.touched) ?? this.main;
  }

  /** The plane through the volume under the hand. Nothing where images are shown as they are: also a plane may be just one of them. */
  get plane(): KeyPlane | undefined {
    const pane = this.layout === "mpr" ? this.hand : undefined;
    const v = pane && !pane.blank ? this.volume(pane.name) : undefined;
    if (!v || (!this.mip && v.getCurrentImageId())) return undefined;
    const { viewUp, viewPlaneNormal } = v.getCamera();
    if (!viewUp || !viewPlaneNormal) return undefined;
    const up = viewUp as Vector;
    const directions = [...cross(up, viewPlaneNormal as Vector), ...up.map((c) => -c)];
    return { position: this.crossing.map((c) => Math.round(c * 100)), orientation: directions.map((c) => Math.round(c * 1e6)), mip: this.mip || undefined };
  }

  /** Where the planes cross, which stand at right angles: a camera looks at the middle of its pane, and only how deep that is says where the plane lies. */
  private get crossing(): Vector {
    const at: Vector = [0, 0, 0];
    for (const name of this.panes.keys()) {
      const { focalPoint, viewPlaneNormal } = this.volume(name)?.getCamera() ?? {};
      const depth = focalPoint && viewPlaneNormal ? dot(focalPoint as Vector, viewPlaneNormal as Vector) : 0;
      viewPlaneNormal?.forEach((c, i) => (at[i] = (at[i] as number) + c * depth));
    }
    return at;
  }

  stack(name = "stack"): Types.IStackViewport | undefined {
    return this.panes.has(name) ? (this.engine.getViewport(name) as Types.IStackViewport) : undefined;
  }

  /** Which slice of the series is on the screen. In planes through a volume, the one of the plane that lies as the slices do. */
  get at(): number {
    const stack = this.stack();
    if (stack) return stack.getCurrentImageIdIndex();
    const id = [...this.panes.keys()].map((name) => this.volume(name)?.getCurrentImageId?.()).find(Boolean);
    const slices = this.series?.slices ?? [];
    return Math.max(0, slices.findIndex((s) => s.id === id));
  }

  get slice(): Slice | undefined {
    return this.blank ? undefined : this.series?.slices[this.at];
  }

  /** Fetches what has come meanwhile. */
  more(): void {
    const pane = this.main;
    if (this.series && pane) void this.prefetch.run(this.series.slices, outwards(this.series.slices.length, this.at), (i) => pane.got(i));
  }

  private volume(name: string): Types.IVolumeViewport | undefined {
    return this.panes.has(name) ? (this.engine.getViewport(name) as Types.IVolumeViewport) : undefined;
  }

  async show(series: Series, at: number, layout: Layout = this.layout, prior: Series | undefined): Promise<void> {
    const other = series !== this.series;
    this.series = series;
    this.prior = prior;
    if (other) this.window = this.own = undefined;
    if (layout === "mpr" && faultOf(series)) layout = "single";
    if (layout === "prior" && !prior) layout = "single";
    this.lay(layout);
    if (layout === "mpr") await this.showVolume(series, at);
    else await this.showStack("stack", series, at);
    if (layout === "prior" && prior) await this.showStack("prior", prior, Math.round((at / Math.max(1, series.slices.length - 1)) * (prior.slices.length - 1)));
    this.changed();
  }

  /** Puts the panes of a layout onto the page, where others are there. */
  private lay(layout: Layout): void {
    if (this.layout === layout && this.panes.size > 0) return;
    for (const [name, pane] of this.panes) {
      detach(name);
      this.engine.disableElement(name);
      if (pane.element !== this.template) pane.element.remove();
      pane.close();
    }
    this.panes.clear();
    this.layout = layout;
    this.mip = false;
    this.root.dataset.layout = layout;
    planes[layout].forEach((name, i) => {
      const element = i === 0 ? this.template : (this.template.cloneNode(true) as HTMLElement);
      if (i > 0) {
        element.querySelectorAll(".still, .still-nav").forEach((e) => e.remove());
        element.querySelector(".gl")?.replaceChildren();
        this.root.append(element);
      }
      element.dataset.plane = name;
      this.panes.set(name, new Pane(element, name, this));
    });
    const flat = layout !== "mpr";
    for (const [name, pane] of this.panes) {
      const orientation = { axial: Enums.OrientationAxis.AXIAL, sagittal: Enums.OrientationAxis.SAGITTAL, coronal: Enums.OrientationAxis.CORONAL }[name];
      this.engine.enableElement({
        viewportId: name,
        element: pane.gl,
        type: flat ? Enums.ViewportType.STACK : Enums.ViewportType.ORTHOGRAPHIC,
        defaultOptions: { background: [0, 0, 0], orientation },
      } as Types.PublicViewportInput);
      pane.listen();
      attach(name, flat);
    }
  }

  private async showStack(name: string, series: Series, at: number): Promise<void> {
    const viewport = this.stack(name);
    const pane = this.panes.get(name);
    if (!viewport || !pane) return;
    pane.series = series;
    pane.said("");
    const order = outwards(series.slices.length, at);
    try {
      await viewport.setStack(series.slices.map((s) => s.id), at); // of images that cannot be had, an event tells
      if (this.window && name === "stack") this.setWindow(this.window);
      viewport.render();
    } catch (e) {
      pane.fail(reason(series.slices[at], e));
    }
    pane.element.classList.add("on");
    void (name === "prior" ? this.prefetchPrior : this.prefetch).run(series.slices, order, (i) => pane.got(i));
  }

  private async showVolume(series: Series, at: number): Promise<void> {
    for (const pane of this.panes.values()) {
      pane.series = series;
      pane.said("");
    }
    try {
      await this.fillVolume(series, at);
    } catch (e) {
      for (const pane of this.panes.values()) pane.fail(reason(series.slices[at], e));
    }
    for (const pane of this.panes.values()) pane.element.classList.add("on");
  }

  private async fillVolume(series: Series, at: number): Promise<void> {
    const id = `cornerstoneStreamingImageVolume:${series.study.entry}/${series.uid}`;
    const ids = series.slices.map((s) => s.id);
    await this.prefetch.run(series.slices, [...new Set([0, ids.length >> 1, ids.length - 1])], () => {});
    const volume = (cache.getVolume(id) ?? (await volumeLoader.createAndCacheVolume(id, { imageIds: ids }))) as Types.IStreamingImageVolume;
    const panes = [...this.panes.values()];
    volume.load((event: { imageId?: string; success?: boolean }) => {
      const i = ids.indexOf(event.imageId ?? "");
      if (i >= 0 && event.success) panes[0]?.got(i);
    });
    await setVolumesForViewports(this.engine, [{ volumeId: id }], [...this.panes.keys()]);
    const first = series.slices[0] && presetOf(series.slices[0]);
    const window = this.window ?? (first && { center: first.center, width: first.width });
    if (window) this.setWindow(window);
    const place = series.slices[at];
    if (place) this.goTo(center(place));
    this.engine.render();
  }

  /** Moves all planes through a place in the patient. */
  goTo(world: Types.Point3): void {
    for (const name of this.panes.keys()) {
      const v = this.volume(name);
      if (v && "jumpToWorld" in v) v.jumpToWorld(world);
    }
  }

  setWindow(w: Window): void {
    this.window = w;
    const range = utilities.windowLevel.toLowHighRange(w.width, w.center);
    for (const name of this.panes.keys()) {
      const v = this.engine.getViewport(name) as Types.IStackViewport | Types.IVolumeViewport;
      v.setProperties({ voiRange: range });
      v.render();
    }
    this.changed();
  }

  /** The window that the images were made with. */
  ownWindow(): void {
    const w = this.slice && presetOf(this.slice);
    if (w) this.setWindow({ center: w.center, width: w.width });
    this.window = undefined;
    if (w) return;
    for (const name of this.panes.keys()) {
      const v = this.engine.getViewport(name) as Types.IStackViewport;
      v.resetProperties?.();
      v.render();
    }
  }

  /** Frames of one object may each have a window of their own. It is followed as long as nobody chose another. */
  frameWindow(pane: Pane): void {
    const v = pane === this.main ? this.stack() : undefined;
    const slice = v && sliceOf(v.getCurrentImageId() ?? "");
    const w = slice?.frame.windows?.[0];
    if (!v || !w || this.window) return;
    const now = v.getProperties().voiRange;
    if (this.own && now && (now.lower !== this.own.lower || now.upper !== this.own.upper)) return;
    this.own = utilities.windowLevel.toLowHighRange(w.width, w.center);
    v.setProperties({ voiRange: this.own });
  }

  get shownWindow(): Window | undefined {
    const main = this.main;
    const range = main && (this.engine.getViewport(main.name) as Types.IStackViewport | undefined)?.getProperties().voiRange;
    return range && utilities.windowLevel.toWindowLevel(range.lower, range.upper) && windowOf(range);
  }

  scroll(by: number): void {
    const main = this.main;
    if (main) utilities.scroll(this.engine.getViewport(main.name), { delta: by, debounceLoading: false } as never);
  }

  async jump(at: number): Promise<void> {
    const slices = this.series?.slices ?? [];
    const n = Math.max(0, Math.min(slices.length - 1, at));
    const stack = this.stack();
    if (stack) await stack.setImageIdIndex(n);
    else if (slices[n]) this.goTo(center(slices[n] as Slice));
    this.changed();
  }

  /** Lays the planes through where a key image is of one of them, as it was looked at. */
  lookAt(plane: KeyPlane): void {
    if (this.layout !== "mpr") return;
    if (this.mip !== (plane.mip ?? false)) this.toggleMIP();
    this.goTo(plane.position.map((v) => v / 100) as Types.Point3);
    this.engine.render();
    this.changed();
  }

  toggleMIP(): void {
    if (this.layout !== "mpr") return;
    this.mip = !this.mip;
    for (const name of this.panes.keys()) {
      const v = this.volume(name);
      v?.setBlendMode(this.mip ? Enums.BlendModes.MAXIMUM_INTENSITY_BLEND : Enums.BlendModes.COMPOSITE);
      if (this.mip) v?.setSlabThickness(thick);
      else v?.resetSlabThickness();
      v?.render();
    }
    this.changed();
  }

  invert(): void {
    this.inverted = !this.inverted;
    for (const name of this.panes.keys()) {
      const v = this.engine.getViewport(name) as Types.IStackViewport;
      v.setProperties({ invert: !v.getProperties().invert });
      v.render();
    }
  }

  reset(): void {
    for (const name of this.panes.keys()) {
      const v = this.engine.getViewport(name) as Types.IStackViewport;
      v.resetCamera();
      v.render();
    }
    this.ownWindow();
  }

  resize(): void {
    this.engine.resize(true, true);
    this.changed();
  }

  /** The prior's pane goes along: to the same part of its series, for the two studies share no coordinates. */
  follow(): void {
    const prior = this.stack("prior");
    const n = this.series?.slices.length ?? 0;
    const m = this.prior?.slices.length ?? 0;
    if (!prior || n < 2 || m < 1 || prior.getImageIds().length < m) return;
    const at = Math.round((this.at / (n - 1)) * (m - 1));
    if (at !== prior.getCurrentImageIdIndex()) void prior.setImageIdIndex(at);
  }
}

/** Millimeters of a slab that shows all of a head or a trunk. */
const thick = 1000;

function windowOf(range: { lower: number; upper: number }): Window {
  const { windowWidth, windowCenter } = utilities.windowLevel.toWindowLevel(range.lower, range.upper);
  return { center: windowCenter, width: windowWidth };
}

/** The window that an image was made with. */
function presetOf(slice: Slice): Preset | undefined {
  return (slice.frame.windows ?? slice.image.windows)?.[0];
}

/** Why an image is not shown, as people read it. */
function reason(slice: Slice | undefined, error: unknown): string {
  if (slice && !slice.here) return say("underway");
  return (error instanceof Refused && error.message) || say("failed");
}

function center(s: Slice): Types.Point3 {
  return toWorld(planeOf(s.frame, s.n), [s.image.columns / 2, s.image.rows / 2]);
}
