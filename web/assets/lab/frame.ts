// The stage's own elements: what is pressed, what is read, and where the picture stands.
import { iconButton, make } from "./dom";
import { axes } from "./slices";
import { views } from "./scene";
import { gradient } from "./scale";
import { say } from "../viewer/words";

/** What the stage is made of. */
export interface Frame {
  view: HTMLElement; // the picture with all that lies over it
  canvas: HTMLCanvasElement;
  still: HTMLImageElement;
  labels: HTMLElement;
  cross: HTMLElement;
  scale: HTMLElement;
  corner: HTMLElement;
  legend: HTMLElement;
  slices: HTMLElement;
  layers: HTMLElement;
  section: HTMLElement;
  caption: HTMLElement;
  progress: HTMLElement;
  faults: HTMLElement;
  bare: HTMLButtonElement;
  vr: HTMLButtonElement;
  keys: HTMLDialogElement;
}

export function build(root: HTMLElement, says: boolean): Frame {
  const frame: Frame = {
    view: make("div", { class: "view" }),
    canvas: make("canvas", { tabindex: "0", role: "application", "aria-label": say("label"), "aria-describedby": "stage-caption" }),
    still: make("img", { class: "still", alt: "", hidden: true }),
    labels: make("div", { class: "tags" }),
    cross: make("i", { class: "cross", hidden: true }),
    scale: make("div", { class: "sc" }, make("i"), make("span")),
    corner: make("div", { class: "over bl" }),
    legend: make("div", { class: "values", hidden: true }),
    slices: make("div", { class: "movers", hidden: true, role: "group", "aria-label": say("view.slices") }),
    layers: make("div", { class: "flap", hidden: true, role: "group", "aria-label": say("layer.title") }),
    section: make("div", { class: "flap", hidden: true, role: "group", "aria-label": say("cut.title") }),
    caption: make("span", { id: "stage-caption", "aria-live": "polite" }),
    progress: make("div", { class: "coming", hidden: true }),
    faults: make("div", { class: "faults", role: "alert" }),
    bare: make("button", { type: "button", class: "sw", role: "switch", "aria-checked": "false", "data-act": "nogpu" }, make("i"), say("tool.nogpu")),
    vr: iconButton("vr", say("tool.vr")),
    keys: keysDialog(),
  };
  frame.legend.append(...legend());
  frame.slices.append(...axes.map(mover).reverse());
  const top = make("div", { class: "over tl" }, viewButtons());
  const side = make("div", { class: "over tr", role: "toolbar", "aria-label": say("tools"), "aria-orientation": "vertical" }, ...tools(says), frame.vr, iconButton("keys", say("tool.keys"), "?"));
  const turns = make("div", { class: "turns" }, ...(["turnleft", "turnright", "turnup", "turndown", "farther", "nearer"] as const).map((n) => iconButton(n, say(`tool.${n}`))));
  frame.view.append(frame.canvas, frame.still, frame.labels, frame.cross, frame.corner, frame.scale, turns, frame.legend, frame.slices, make("div", { class: "flaps" }, frame.section, frame.layers), frame.progress, frame.faults);
  root.replaceChildren(top, side, frame.view, make("div", { class: "cap" }, frame.caption, frame.bare), frame.keys);
  root.setAttribute("aria-label", say("label"));
  return frame;
}

function viewButtons(): HTMLElement {
  const group = make("div", { class: "seg", role: "group", "aria-label": say("views") });
  group.append(...views.map((v) => make("button", { type: "button", "data-view": v, "aria-pressed": "false" }, say(`view.${v}`))));
  return group;
}

function tools(says: boolean): HTMLElement[] {
  const list = [iconButton("measure", say("tool.measure"), "L"), iconButton("undo", say("tool.undo"), "Ctrl+Z"), iconButton("section", say("tool.section"), "C"), iconButton("layers", say("tool.layers"), "V"), iconButton("fit", say("tool.fit"), "F")];
  for (const b of list) if (["measure", "section", "layers"].includes(b.dataset.act ?? "")) b.setAttribute("aria-pressed", "false");
  return says ? [...list, iconButton("picture", say("tool.picture"), "K")] : list;
}

function legend(): HTMLElement[] {
  const bar = make("div", { class: "grad" });
  bar.style.background = gradient;
  return [make("b", {}, make("span"), make("small")), bar, make("div", { class: "ticks" }), make("p")];
}

function mover(axis: string, n: number): HTMLElement {
  return make("label", { class: "mover" }, make("span", {}, say(`plane.${axis}`)), make("input", { type: "range", min: "0", max: "1", value: "0", "data-axis": String(n) }), make("output"));
}

/** The keys and what they do. */
const shortcuts: [string, string][] = [["← → ↑ ↓", "turn"], ["Shift + ←", "move"], ["+ −", "zoom"], ["1 … 6", "sides"], ["Page ↑ ↓", "slice"], ["Shift + Page", "ten"], ["X", "which"], ["L", "measure"], ["Enter", "take"], ["C", "section"], ["V", "layers"], ["K", "picture"], ["F", "fit"], ["Ctrl+Z", "undo"], ["Esc", "leave"]];

function keysDialog(): HTMLDialogElement {
  const list = make("dl", { class: "keys" }, ...shortcuts.map(([key, name]) => make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, say(`key.${name}`)))));
  const close = make("form", { method: "dialog" }, make("button", { class: "btn quiet" }, say("key.close")));
  return make("dialog", { class: "stage-keys", "aria-labelledby": "stage-keys-title" }, make("h2", { id: "stage-keys-title" }, say("key.title")), list, close);
}

/** The scale bar: the longest of the round lengths that is not longer than a quarter of the picture. */
export function scaleBar(bar: HTMLElement, mm: number, width: number): void {
  const long = [200, 100, 50, 20, 10, 5, 2, 1].find((n) => n / mm <= Math.max(70, width / 5)) ?? 1;
  const [line, text] = [bar.firstElementChild as HTMLElement, bar.lastElementChild as HTMLElement];
  line.style.width = `${(long / mm).toFixed(1)}px`;
  text.textContent = long >= 10 ? say("scale.cm", { n: long / 10 }) : say("scale.mm", { n: long });
}
