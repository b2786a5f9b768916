// Listens to a tracker through the node, and shows where its tool is and how old that is. A position that is old is red and says so; one that is very old is not drawn any more.
import { Vector3 } from "three";
import { make } from "./dom";
import type { Triple } from "./scene";
import type { Stage } from "./stage";
import { number, say } from "../viewer/words";

const stale = 500; // ms after which a position is old
const gone = 10_000; // ms after which it is not drawn
const follows = 250; // ms between two moves of the slices
const deaf = 2_000; // ms without a word of the node, which says something four times a second

interface Tool {
  name: string;
  age_ms: number;
  tip: Triple;
  axis: Triple;
}

interface Said {
  link: "connecting" | "connected" | "lost";
  why?: string;
  damaged: number;
  by: string;
  devices: Tool[];
}

export class Tracker {
  private source?: EventSource;
  private said?: Said;
  private heard = 0; // when
  private timer = 0;
  private followed = 0;
  private chosen = ""; // the tool that is drawn

  constructor(private readonly root: HTMLElement, private readonly stage: Stage) {
    const start = this.find("start");
    start.hidden = false;
    start.addEventListener("click", () => this.listen());
    this.find("stop").addEventListener("click", () => this.stop());
    window.addEventListener("pagehide", () => this.stop());
    this.find("tools").addEventListener("change", (e) => {
      this.chosen = (e.target as HTMLInputElement).value;
      this.show();
    });
  }

  private find(name: string): HTMLElement {
    return this.root.querySelector(`[data-track-${name}]`) as HTMLElement;
  }

  private value(name: string): string {
    return (this.root.querySelector(`[name="track-${name}"]:is(select, [type="text"], [type="radio"]:checked)`) as HTMLInputElement | null)?.value ?? "";
  }

  private listen(): void {
    this.stop();
    const asked = new URLSearchParams({ of: this.value("of"), frame: this.value("frame"), tip: this.value("tip"), axis: this.value("axis") });
    this.source = new EventSource(`${this.root.dataset.tracker ?? ""}&${asked.toString()}`);
    this.source.addEventListener("message", (e) => {
      this.said = JSON.parse(e.data as string) as Said;
      this.heard = performance.now();
      this.show();
    });
    this.heard = performance.now();
    this.timer = window.setInterval(() => this.show(), 100);
    this.find("stop").hidden = false;
    this.find("shown").hidden = false;
    this.status(say("track.connecting", { name: this.value("of") }), false);
  }

  private stop(): void {
    this.source?.close();
    window.clearInterval(this.timer);
    this.source = this.said = undefined;
    this.find("stop").hidden = true;
    this.find("tools").replaceChildren();
    this.root.dataset.track = "";
    this.status(say("track.stopped"), false);
    this.stage.track();
  }

  /** How old a tool's position is now, in ms: what the node said, and the time since. */
  private age(tool: Tool): number {
    return tool.age_ms + performance.now() - this.heard;
  }

  private show(): void {
    const { said } = this;
    const name = this.value("of");
    const lost = performance.now() - this.heard > deaf;
    if (!said) return lost ? this.status(say("track.node"), true) : undefined;
    const silent = said.link === "connected" && said.devices.length === 0;
    this.status(lost ? say("track.node") : silent ? say("track.silent", { name }) : say(`track.${said.link}`, { name, why: said.why ?? "" }), lost || said.link === "lost");
    const damaged = said.damaged ? ` ${say("track.damaged", { n: said.damaged })}` : "";
    this.text(this.find("by"), say("track.by", { by: said.by }) + damaged + (this.stage.drawing ? "" : ` ${say("track.bare")}`));
    this.rows(said.devices);
    const tool = said.devices.find((t) => t.name === this.chosen) ?? said.devices[0];
    this.root.dataset.track = tool ? (this.age(tool) > stale ? "stale" : "fresh") : lost ? "lost" : said.link;
    this.point(tool);
  }

  private status(text: string, bad: boolean): void {
    const place = this.find("link");
    this.text(place, text);
    place.classList.toggle("old", bad);
  }

  /** What has not changed is not written again: it would be read aloud again. */
  private text(place: HTMLElement, text: string): void {
    if (place.textContent !== text) place.textContent = text;
  }

  private rows(tools: Tool[]): void {
    const list = this.find("tools");
    if (list.childElementCount !== tools.length) {
      list.replaceChildren(...tools.map((t, n) => make("li", {}, make("label", {}, make("input", { type: "radio", name: "track-tool", value: t.name, checked: t.name === this.chosen || (!this.chosen && n === 0) }), make("b"), " ", make("span")))));
    }
    tools.forEach((tool, n) => {
      const row = list.children[n] as HTMLElement;
      row.classList.toggle("old", this.age(tool) > stale);
      this.text(row.querySelector("b") as HTMLElement, this.told(tool));
      const [x, y, z] = tool.tip.map((v) => number(v, 1)) as [string, string, string];
      const planes = this.stage.scene.planes.map((p) => this.off(tool, p));
      this.text(row.querySelector("span") as HTMLElement, [say("track.place", { x, y, z }), ...planes].join(" · "));
    });
  }

  /** How far a tool is off a planned cut: its tip from the plane, and the angle by which it points out of the plane (0: a blade that lies in the cut). */
  private off(tool: Tool, plane: { id: string; point: Triple; normal: Triple }): string {
    const normal = new Vector3(...plane.normal).normalize();
    const mm = Math.abs(normal.dot(new Vector3(...tool.tip).sub(new Vector3(...plane.point))));
    const turn = (Math.asin(Math.min(1, Math.abs(normal.dot(new Vector3(...tool.axis).normalize())))) * 180) / Math.PI;
    return say("track.plane", { name: plane.id, mm: number(mm, 1), degrees: number(turn, 1) });
  }

  /** The tool's name with the age of what it said. */
  private told(tool: Tool): string {
    const age = this.age(tool);
    const s = number(age / 1000, 1);
    return age > gone ? say("track.gone", { tool: tool.name, s }) : age > stale ? say("track.stale", { tool: tool.name, s }) : say("track.fresh", { tool: tool.name, ms: number(age) });
  }

  private point(tool: Tool | undefined): void {
    if (!tool || this.age(tool) > gone) return this.stage.track();
    const tip = new Vector3(...tool.tip);
    this.stage.track({ tip, axis: new Vector3(...tool.axis), text: this.told(tool), stale: this.age(tool) > stale });
    const now = performance.now();
    if (!(this.find("follow") as HTMLInputElement).checked || now - this.followed < follows) return;
    this.followed = now;
    this.stage.drawing?.toward(tip);
  }
}
