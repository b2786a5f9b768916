// Looking together: where people look and point is told to those who have the same study open, here and at the other hospitals of the case, while it happens. Nothing
// of it is kept. Who follows somebody sees their image, window and part of it; whoever moves by themselves follows nobody any more.
import { Enums, type Types } from "@cornerstonejs/core";
import { csrfHeaders } from "../island/csrf";
import type { Data, Slice } from "./data";
import { minus, planeOf, toPixel, toWorld, type Vector } from "./geometry";
import type { Stage } from "./stage";
import { say } from "./words";

/** Where somebody looks. Places are columns and rows of the image, so that it does not matter how large anybody's screen is. */
interface Look {
  page: string;
  instance?: string; // none: they have stopped showing
  frame?: number;
  window?: number[];
  middle?: number[];
  height?: number; // rows of the image that are as tall as the screen
  pointer?: number[];
}

interface Other extends Look {
  entry: string;
  name: string;
  hospital: string;
  initials: string;
  hue: number;
  shape: number;
  heard: number;
}

const pace = 120; // ms between two looks: the node passes on ten a second
const again = 2_000; // ms after which a look is told once more, so that one which was lost is made good
const patience = 1_500; // ms for an image that may still be on its way: the next look asks for it again
const left = 6_000; // ms without a word after which somebody is gone

export class Together {
  private readonly page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  private readonly others = new Map<string, Other>();
  private readonly pointers = new Map<string, HTMLElement>();
  private showing = false;
  private following = "";
  private entry = ""; // of the study that was shown last
  private pointer: number[] | undefined;
  private told = "";
  private listed = "";
  private toldAt = 0;
  private busy = false;
  private moving = false;
  private source: EventSource | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly stage: Stage,
    private readonly base: string,
    private readonly data: Data,
    private readonly go: (study: number, instance: string, frame: number) => Promise<void>,
  ) {}

  start(): void {
    this.part("together").hidden = false;
    this.root.addEventListener("click", (e) => this.clicked(e.target as Element));
    this.byThemselves();
    const stage = this.stage.root;
    for (const event of [Enums.Events.IMAGE_RENDERED, Enums.Events.CAMERA_MODIFIED]) stage.addEventListener(event, () => this.draw(), { capture: true });
    stage.addEventListener("pointermove", (e) => (this.pointer = this.pointed(e)), { capture: true });
    stage.addEventListener("pointerleave", () => (this.pointer = undefined));
    document.addEventListener("visibilitychange", () => this.listen());
    window.addEventListener("pagehide", () => this.leave());
    window.setInterval(() => this.beat(), pace);
    this.listen();
    this.list();
  }

  private part(id: string): HTMLElement {
    return document.getElementById(id) as HTMLElement;
  }

  /** A page that nobody looks at neither hears nor shows. */
  private listen(): void {
    this.source?.close();
    if (document.visibilityState === "hidden") return this.leave();
    this.source = new EventSource(this.root.dataset.looks ?? "");
    this.source.addEventListener("look", (e) => this.heard(JSON.parse((e as MessageEvent<string>).data) as Other));
  }

  private leave(): void {
    this.source?.close();
    if (this.showing) this.stop();
  }

  /** Tells the others that nothing is shown any more. */
  private stop(): void {
    if (this.entry) void this.tell(this.entry, { page: this.page }, true);
    this.told = "";
  }

  private heard(look: Other): void {
    if (look.page === this.page) return;
    if (!look.instance) this.forget(look.page);
    else this.others.set(look.page, { ...look, heard: performance.now() });
    this.list();
    this.draw();
    void this.follow();
  }

  private forget(page: string): void {
    this.others.delete(page);
    if (this.following === page) this.following = "";
  }

  /** Whoever moves the images by hand looks for themselves. */
  private byThemselves(): void {
    for (const event of ["pointerdown", "wheel"]) {
      this.stage.root.addEventListener(event, (e) => !(e.target as Element).closest("#look-note") && this.alone(), { capture: true, passive: true });
    }
    document.addEventListener("keydown", (e) => {
      if (!this.following || (e.target as Element).closest("input, textarea, select, dialog") || /^(Shift|Control|Alt|Meta|Tab|Enter)$/.test(e.key)) return;
      this.alone();
    });
  }

  private alone(): void {
    if (!this.following) return;
    this.following = "";
    this.list();
  }

  private clicked(at: Element): void {
    const button = at.closest<HTMLElement>("[data-look]");
    if (!button) {
      if (at.closest(".th, button[data-layout], #windows, button[data-key]")) this.alone();
      return;
    }
    const { look, page } = button.dataset;
    if (look === "show") this.show(!this.showing);
    else this.following = look === "follow" ? (page ?? "") : "";
    this.list();
    void this.follow();
  }

  private show(on: boolean): void {
    if (!on) this.stop();
    this.showing = on;
  }

  /** Every turn: what changed here is told, and who was not heard for long is gone. */
  private beat(): void {
    const now = performance.now();
    for (const [page, other] of this.others) {
      if (now - other.heard < left) continue;
      this.forget(page);
      this.list();
      this.draw();
    }
    if (!this.showing || this.busy || document.visibilityState === "hidden") return;
    const look = this.look();
    const text = JSON.stringify(look);
    if (!look || (text === this.told && now - this.toldAt < again)) return;
    this.told = text;
    this.toldAt = now;
    this.entry = this.stage.series?.study.entry ?? "";
    this.busy = true; // on a bad line the next look waits for the answer to this one
    void this.tell(this.entry, look, false).finally(() => (this.busy = false));
  }

  private async tell(entry: string, look: Look, leaving: boolean): Promise<void> {
    const ticket = this.data.studies.find((s) => s.entry === entry)?.ticket ?? "";
    const headers = { ...csrfHeaders(), "Content-Type": "application/json", "X-Live": "1" }; // what the page tells by itself keeps nobody signed in
    try {
      await fetch(`${this.base}/${entry}/looks?t=${ticket}`, { method: "POST", headers, body: JSON.stringify(look), keepalive: leaving });
    } catch {
      // the line is down: the next look says more than this one
    }
  }

  /** Where this page looks now; nothing while there is no image. */
  private look(): Look | undefined {
    const slice = this.stage.slice;
    if (!slice) return undefined;
    const round = (list: number[] | undefined, by: number): number[] | undefined => list?.map((v) => Math.round(v * by) / by);
    const window = this.stage.shownWindow;
    const look: Look = { page: this.page, instance: slice.uid, frame: slice.n, window: window && round([window.center, window.width], 10) };
    const camera = this.stage.stack()?.getCamera();
    if (!camera?.focalPoint || !camera.parallelScale) return look;
    const plane = planeOf(slice.frame, slice.n);
    return { ...look, middle: round(toPixel(plane, camera.focalPoint), 100), height: Math.round((200 * camera.parallelScale) / plane.step[1]) / 100, pointer: round(this.pointer, 100) };
  }

  /** The column and row under the hand. */
  private pointed(e: PointerEvent): number[] | undefined {
    if (!this.showing) return undefined;
    const [pane, stack, slice] = [this.stage.main, this.stage.stack(), this.stage.slice];
    if (!pane || !stack || !slice || !pane.gl.contains(e.target as Node)) return undefined;
    const box = pane.gl.getBoundingClientRect();
    return toPixel(planeOf(slice.frame, slice.n), stack.canvasToWorld([e.clientX - box.left, e.clientY - box.top]));
  }

  /** Shows what the person who is followed sees. */
  private async follow(): Promise<void> {
    if (this.moving) return;
    this.moving = true;
    let done: Other | undefined;
    try {
      for (let next = this.others.get(this.following); next && next !== done; next = this.others.get(this.following)) {
        done = next;
        await this.goTo(next);
      }
    } finally {
      this.moving = false;
    }
  }

  private async goTo(other: Other): Promise<void> {
    const study = this.data.studies.findIndex((s) => s.entry === other.entry);
    const shown = this.stage.slice;
    if (study < 0 || other.instance === undefined || other.frame === undefined) return;
    if (!shown || !this.same(shown, other)) await Promise.race([this.go(study, other.instance, other.frame), pause(patience)]);
    if (this.following !== other.page) return;
    const [center, width] = other.window ?? [];
    const window = this.stage.shownWindow;
    if (center !== undefined && width !== undefined && (!window || Math.abs(window.center - center) > 0.5 || Math.abs(window.width - width) > 0.5)) this.stage.setWindow({ center, width });
    this.frame(other);
  }

  /** Moves the image so that the same part of it is on the screen. */
  private frame(other: Other): void {
    const [stack, slice] = [this.stage.stack(), this.stage.slice];
    const camera = stack?.getCamera();
    if (!stack || !slice || !this.same(slice, other) || !camera?.focalPoint || !camera.position || !other.middle || !other.height) return;
    const plane = planeOf(slice.frame, slice.n);
    const by = minus(toWorld(plane, other.middle as [number, number]), toWorld(plane, toPixel(plane, camera.focalPoint)));
    const moved = (p: Types.Point3): Types.Point3 => p.map((v, i) => v + (by[i] as number)) as Types.Point3;
    stack.setCamera({ focalPoint: moved(camera.focalPoint), position: moved(camera.position), parallelScale: (other.height * plane.step[1]) / 2 });
    stack.render();
  }

  private same(slice: Slice, other: Other): boolean {
    return slice.series.study.entry === other.entry && slice.uid === other.instance && slice.n === other.frame;
  }

  /** The hands of the others, on the image that they are over. */
  private draw(): void {
    if (this.others.size + this.pointers.size === 0) return; // nearly always: images are drawn often
    const [pane, stack, slice] = [this.stage.main, this.stage.stack(), this.stage.slice];
    for (const [page, e] of this.pointers) {
      if (this.others.has(page)) continue;
      e.remove();
      this.pointers.delete(page);
    }
    for (const [page, other] of this.others) {
      const e = this.pointers.get(page) ?? this.hand(other);
      this.pointers.set(page, e);
      e.hidden = !pane || !stack || !slice || !other.pointer || !this.same(slice, other);
      if (e.hidden || !pane || !stack || !slice) continue;
      if (e.parentElement !== pane.element) pane.element.append(e);
      const [x, y] = stack.worldToCanvas(toWorld(planeOf(slice.frame, slice.n), other.pointer as [number, number]) as Vector);
      e.style.transform = `translate(${x}px, ${y}px)`;
    }
  }

  private hand(other: Other): HTMLElement {
    const e = document.createElement("div");
    e.className = `hand hue-${other.hue}`;
    e.dataset.page = other.page;
    const name = document.createElement("span");
    name.textContent = other.name;
    e.append(name);
    return e;
  }

  /** Who shows where they look, and what one can do. */
  private list(): void {
    const people = [...this.others.values()];
    const now = people.map((o) => `${o.page} ${o.name} ${o.page === this.following}`).join("\n") + this.showing;
    if (now === this.listed) return; // a button that is being pressed stays the one it was
    this.listed = now;
    this.part("together-list").replaceChildren(...people.map((o) => this.row(o)));
    this.part("together-nobody").hidden = this.others.size > 0;
    const show = this.part("together-show");
    show.textContent = say(this.showing ? "look.hide" : "look.show");
    show.setAttribute("aria-pressed", String(this.showing));
    const followed = this.others.get(this.following);
    const other = followed ?? people.at(-1);
    const note = this.part("look-note");
    note.hidden = !other;
    this.stage.root.classList.toggle("followed", Boolean(followed));
    for (const name of [...this.stage.root.classList]) if (name.startsWith("hue-")) this.stage.root.classList.remove(name);
    if (followed) this.stage.root.classList.add(`hue-${followed.hue}`);
    if (!other) return;
    note.className = `look-note hue-${other.hue}`;
    const said = document.createElement("span");
    said.textContent = say(followed ? "look.follows" : "look.shows", { name: other.name });
    note.replaceChildren(dot(other), said, button(other.page, Boolean(followed)));
  }

  private row(other: Other): HTMLElement {
    const li = document.createElement("li");
    const who = document.createElement("span");
    const name = document.createElement("b");
    name.textContent = other.name;
    const hospital = document.createElement("small");
    hospital.textContent = other.hospital;
    who.append(name, hospital);
    li.append(dot(other), who, button(other.page, this.following === other.page));
    return li;
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => window.setTimeout(done, ms));

function dot(other: Other): HTMLElement {
  const e = document.createElement("span");
  e.className = `dot small hue-${other.hue} shape-${other.shape}`;
  e.setAttribute("aria-hidden", "true");
  e.textContent = other.initials;
  return e;
}

function button(page: string, followed: boolean): HTMLElement {
  const b = document.createElement("button");
  b.type = "button";
  b.className = "tb";
  b.dataset.look = followed ? "alone" : "follow";
  b.dataset.page = page;
  b.textContent = say(followed ? "look.alone" : "look.follow");
  return b;
}
