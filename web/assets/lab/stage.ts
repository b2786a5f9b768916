// The stage: which view is shown, which tool is in the hand, drawn by the graphics card or, without one, by the node.
import { Compass, from } from "./compass";
import { Drawing, type Tool } from "./drawing";
import { Eye, sides } from "./eye";
import { build, scaleBar, type Frame } from "./frame";
import { Handles } from "./handles";
import { hands } from "./hands";
import { hindrance } from "./headset";
import { keys } from "./keys";
import { fillLegend } from "./legend";
import { Loader } from "./loader";
import type { Hit } from "./part";
import { Picking } from "./picking";
import { ask, has, isShown, views, type Scene, type View } from "./scene";
import { shoot } from "./scenery";
import { step, Stills } from "./stills";
import { number, say } from "../viewer/words";

export class Stage {
  readonly frame: Frame;
  readonly eye = new Eye();
  readonly drawing?: Drawing;
  view: View = "surface";
  scene!: Scene;
  private readonly compass: Compass;
  private readonly stills: Stills;
  private readonly loader: Loader;
  private readonly picking: Picking;
  private handles?: Handles;
  private measuring = false;
  private bare = false;
  private bareWhy = ""; // where it was not chosen
  private vrHindrance = "";

  constructor(readonly root: HTMLElement, scene: Scene) {
    this.frame = build(root, root.dataset.picture !== undefined);
    this.compass = new Compass(this.eye, (side) => this.look(side));
    this.frame.corner.append(this.compass.element);
    this.stills = new Stills(this.frame.still, []);
    this.loader = new Loader(this.frame.progress, this.frame.faults, (part) => this.drawing?.add(part));
    this.picking = new Picking(() => this.began(), () => this.tell());
    try {
      this.drawing = new Drawing(this.frame, this.eye, (side) => this.look(side), (why) => this.said(say("failed", { what: say("view.slices"), why })));
      this.wire(this.drawing);
    } catch {
      this.bare = true; // no WebGL 2
    }
    this.listen();
    this.take(scene);
  }

  /** Takes a scene, the first one or one in which something is new. */
  private take(scene: Scene): void {
    this.scene = scene;
    this.stills.say(scene.pictures);
    this.drawing?.say(scene);
    for (const b of this.frame.view.parentElement?.querySelectorAll<HTMLButtonElement>("[data-view]") ?? []) b.disabled = !has(scene, b.dataset.view as View);
  }

  async start(): Promise<void> {
    this.resize();
    new ResizeObserver(() => this.resize()).observe(this.frame.view);
    this.eye.fit(this.scene.center, this.scene.radius);
    const turn = this.from();
    this.eye.look(turn, 12);
    this.stills.turn = turn;
    this.show(this.first());
    if (this.bare) this.mode(true, say("old"));
    void this.offerVR();
    await this.loader.load(this.layers(), (l) => isShown(l, this.view));
    this.drawing?.fit();
    this.tell();
  }

  /** From where one looks at first: at the guide, half from the side, or else at the side of the operation. */
  private from(): number {
    const off = this.scene.layers.find((l) => l.kind === "guide")?.apart;
    if (off && Math.hypot(off[0], off[1]) > 5) return step * Math.round((Math.atan2(-off[0], -off[1]) * 180) / Math.PI / step) + (off[0] > 0 ? 1 : -1) * 2 * step;
    return (this.scene.side === "left" ? -1 : 1) * 2 * step;
  }

  /** Nothing is loaded for pictures that the node draws. */
  private layers(): Scene["layers"] {
    return this.drawing ? this.scene.layers : [];
  }

  private first(): View {
    const asked = location.hash.slice(1) as View;
    if (views.includes(asked) && has(this.scene, asked)) return asked;
    return (["guide", "plan", "surface", "slices"] as View[]).find((v) => has(this.scene, v)) ?? "surface";
  }

  /** Asks the node again and loads what is new. */
  async renew(): Promise<void> {
    const empty = this.drawing?.world.parts.size === 0;
    this.take(await ask(this.root.dataset.scene ?? ""));
    this.show(has(this.scene, this.view) ? this.view : this.first());
    await this.loader.load(this.layers(), (l) => isShown(l, this.view));
    if (empty) this.drawing?.fit();
    this.tell();
  }

  private wire(drawing: Drawing): void {
    drawing.world.drawn = () => this.over();
    drawing.world.lost = () => this.mode(true, say("lost"));
    this.handles = new Handles(this.frame.canvas, this.eye, (layer) => drawing.world.parts.get(layer), (moves) => drawing.world.change(moves), (on) => this.moving(on));
    this.frame.view.append(this.handles.element);
    hands(drawing.world, (x, y) => this.point(drawing.world.under(x, y)), () => drawing.turned(true));
    drawing.headset.took = (hit) => this.said(drawing.measure(hit));
    drawing.headset.began = () => (drawing.marks.inHeadset = true);
    drawing.headset.ended = () => {
      drawing.marks.inHeadset = false;
      this.resize();
      this.pressVR();
      drawing.show(this.view);
    };
  }

  private listen(): void {
    document.addEventListener("click", (e) => {
      const at = (e.target as Element).closest<HTMLElement>("button[data-view], [data-lab-view], [data-act]");
      const view = at?.dataset.labView ?? (at && this.root.contains(at) ? at.dataset.view : undefined);
      if (view && has(this.scene, view as View)) this.show(view as View);
      if (at?.dataset.labView) e.preventDefault();
      if (at?.dataset.act && this.root.contains(at)) this.act(at.dataset.act);
    });
    window.addEventListener("hashchange", () => {
      const view = location.hash.slice(1) as View;
      if (views.includes(view) && has(this.scene, view)) this.show(view);
    });
    keys(this.root, this.frame.canvas, {
      turn: (x, y) => this.turn(x, y),
      move: (x, y) => this.moved(() => this.eye.move(x, y)),
      zoom: (by) => this.moved(() => this.eye.zoom(by)),
      look: (side) => this.look(side),
      slice: (by) => this.drawing?.step(by),
      act: (name) => this.act(name),
      take: () => this.point(this.drawing?.world.under(this.eye.width / 2, this.eye.height / 2)),
    });
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.frame.view;
    if (!clientWidth || !clientHeight || this.drawing?.headset.session) return;
    if (this.drawing) this.drawing.world.resize(clientWidth, clientHeight);
    else this.eye.resize(clientWidth, clientHeight);
    if (this.bare) this.over();
  }

  show(view: View): void {
    this.view = view;
    this.root.dataset.shows = view;
    for (const b of this.root.querySelectorAll<HTMLElement>("button[data-view]")) b.setAttribute("aria-pressed", String(b.dataset.view === view));
    for (const link of document.querySelectorAll<HTMLElement>("[data-lab-view]")) {
      if (link.dataset.labView === view) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    }
    if (view === "apart") this.measuring = false;
    this.drawing?.show(view);
    this.stills.show(view);
    this.frame.slices.hidden = view !== "slices" || this.bare;
    this.legend();
    this.tell();
    this.over();
  }

  private legend(): void {
    const layer = this.view === "stress" ? this.scene.layers.find((l) => l.values) : undefined;
    this.frame.legend.hidden = !layer;
    if (layer?.values) fillLegend(this.frame.legend, layer.values, layer.values.top || (this.loader.ends.get(layer.id) ?? layer.values.max));
  }

  /** What lies over the picture follows it. */
  private over(): void {
    if (this.bare) this.eye.look(this.stills.turn, 0);
    this.compass.draw();
    const mm = this.bare ? this.stills.mm() : this.eye.mm;
    this.frame.scale.hidden = mm === undefined;
    if (mm !== undefined) scaleBar(this.frame.scale, mm, this.eye.width);
    if (!this.bare) this.drawing?.labels.follow(this.eye);
    this.handles?.draw();
    this.mark();
  }

  /** What a program that looks at the stage from outside reads: where the eye stands, and how long full frames and picks take, in ms. */
  private mark(): void {
    const { dataset } = this.root;
    const world = this.drawing?.world;
    dataset.turn = this.eye.turn.toFixed(0);
    if (!world) return;
    dataset.frames = String(world.frames);
    dataset.rests = String(world.rests);
    dataset.frame = world.took.toFixed(1);
    dataset.pick = world.found.toFixed(1);
  }

  private moved(how: () => void): void {
    if (this.bare) return;
    how();
    this.drawing?.turned(true);
  }

  private turn(right: number, up: number): void {
    if (this.bare && right) {
      this.stills.by(right);
      this.over();
    }
    this.moved(() => this.eye.look(this.eye.turn + right * step, this.eye.rise + up * step));
  }

  private look(side: string): void {
    const to = sides[side];
    if (!to) return;
    if (this.bare && to.rise === 0) this.stills.by((to.turn - this.stills.turn) / step);
    this.eye.look(to.turn, to.rise);
    this.drawing?.turned(false);
    this.over();
  }

  private act(name: string): void {
    const acts: Record<string, () => void> = {
      turnleft: () => this.turn(-1, 0), turnright: () => this.turn(1, 0), turnup: () => this.turn(0, 1), turndown: () => this.turn(0, -1),
      nearer: () => this.moved(() => this.eye.zoom(1.25)), farther: () => this.moved(() => this.eye.zoom(0.8)),
      fit: () => this.drawing?.fit(),
      measure: () => this.measure(), undo: () => this.undo(), leave: () => this.leave(),
      section: () => this.view !== "slices" && this.drawing?.section.toggle(), layers: () => this.drawing?.panel.toggle(),
      which: () => this.view === "slices" && this.drawing?.nextSlice(), keys: () => this.frame.keys.showModal(),
      nogpu: () => this.drawing && this.mode(!this.bare), picture: () => void this.shoot(), vr: () => void this.enterVR(),
    };
    acts[name]?.();
    this.press();
  }

  private press(): void {
    const pressed: Record<string, boolean> = { measure: this.measuring, section: !this.frame.section.hidden, layers: !this.frame.layers.hidden };
    for (const [name, on] of Object.entries(pressed)) this.root.querySelector(`[data-act="${name}"]`)?.setAttribute("aria-pressed", String(on));
    this.root.classList.toggle("aiming", this.measuring || this.picking.on);
    this.frame.cross.hidden = this.bare || !(this.measuring || this.picking.on);
  }

  private measure(): void {
    if (this.bare) return;
    if (this.view === "apart") return this.said(say("caption.noapart"));
    this.measuring = !this.measuring;
    this.picking.end();
    if (this.measuring) this.frame.canvas.focus({ preventScroll: true });
    this.tell();
  }

  private undo(): void {
    if (this.drawing?.undo()) this.said(say("caption.undone"));
  }

  private leave(): void {
    this.measuring = false;
    this.picking.end(true);
    this.tell();
  }

  /** An implant is in the hand, or was put down. */
  private moving(on: boolean): void {
    this.measuring = false;
    this.picking.end();
    if (on && this.view !== "guide") this.show("plan");
    if (on) this.frame.view.scrollIntoView({ block: "center" });
    this.tell();
  }

  /** A form waits for a point. */
  private began(): void {
    this.measuring = false;
    this.handles?.end();
    if (this.view === "apart") this.show("surface");
    this.frame.canvas.focus({ preventScroll: true });
    this.frame.view.scrollIntoView({ block: "center" });
    this.tell();
  }

  private point(hit: Hit | undefined): void {
    if (this.bare || !this.drawing || !(this.measuring || this.picking.on)) return;
    if (!hit) return this.said(say("caption.nothing"));
    if (this.measuring) return this.said(this.drawing.measure(hit) || say("caption.measure"));
    this.drawing.name(hit.point, this.picking.take(hit));
    const [x, y, z] = hit.point.toArray().map((v) => number(v, 1)) as [string, string, string];
    this.said(say("caption.picked", { x, y, z }));
  }

  /** What the reader may do now, or what has just happened. */
  private tell(): void {
    const empty = this.scene.layers.length === 0 && !this.scene.volume;
    if (empty) this.said(say("empty"));
    else if (this.bare) this.said(this.stills.of(this.view) ? this.bareWhy || say("bare") : say("nopicture"));
    else this.said(say(this.handles?.on ? "caption.moving" : this.picking.on ? "caption.picking" : this.measuring ? "caption.measure" : `caption.${this.view}`));
    this.legend();
    this.press();
  }

  private said(text: string): void {
    if (text) this.frame.caption.textContent = text;
  }

  /** Between the graphics card and the node's pictures. */
  private mode(bare: boolean, why = ""): void {
    this.bare = bare;
    this.bareWhy = why;
    this.root.classList.toggle("bare", bare);
    this.frame.bare.setAttribute("aria-checked", String(bare));
    this.frame.bare.disabled = !this.drawing || why !== "";
    this.frame.canvas.hidden = this.frame.labels.hidden = bare;
    this.frame.still.hidden = !bare;
    this.frame.slices.hidden = this.view !== "slices" || bare;
    for (const name of ["measure", "undo", "section", "layers", "fit", "turnup", "turndown", "nearer", "farther"]) {
      const b = this.root.querySelector<HTMLButtonElement>(`[data-act="${name}"]`);
      if (b) b.disabled = bare;
    }
    if (bare) this.stills.show(this.view);
    this.tell();
    this.over();
    this.drawing?.world.change();
  }

  /** Shows a tracker's tool, or none. */
  track(tool?: Tool): void {
    this.drawing?.track(tool);
  }

  private async shoot(): Promise<void> {
    const url = this.root.dataset.picture;
    if (url === undefined || this.frame.keys.open || this.root.querySelector("dialog.shot")) return;
    const title = say("shot.taken", { view: say(`view.${this.view}`), from: from(this.eye) });
    if (await shoot(this, url, title, this.bare ? this.stills.mm() : this.eye.mm, this.bare)) this.said(say("caption.pictured"));
  }

  private async offerVR(): Promise<void> {
    this.vrHindrance = this.drawing ? await hindrance() : say("vr.none");
    this.pressVR();
  }

  private pressVR(): void {
    const on = this.drawing?.headset.session !== undefined;
    const label = say(on ? "tool.leave" : "tool.vr");
    this.frame.vr.setAttribute("aria-disabled", String(this.vrHindrance !== ""));
    this.frame.vr.setAttribute("aria-label", this.vrHindrance ? `${label}: ${this.vrHindrance}` : label);
    this.frame.vr.title = this.vrHindrance || label;
  }

  private async enterVR(): Promise<void> {
    const headset = this.drawing?.headset;
    if (this.vrHindrance || !headset) return this.said(this.vrHindrance);
    if (headset.session) return void headset.session.end();
    try {
      await headset.enter(this.scene);
      this.said(`${say("vr.on")} ${say("vr.ready")}`);
    } catch (e) {
      this.said(say("vr.failed", { why: e instanceof Error ? e.message : String(e) }));
    }
    this.pressVR();
  }
}
