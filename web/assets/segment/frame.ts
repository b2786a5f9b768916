// The board's own elements: the picture, what is pressed beside it, and what is read below it.
import { make } from "../lab/dom";
import { axes } from "./grid";
import { say } from "../viewer/words";

export interface Frame {
  view: HTMLElement;
  canvas: HTMLCanvasElement;
  letters: HTMLElement[]; // left, right, top, bottom
  slider: HTMLInputElement;
  number: HTMLOutputElement;
  size: HTMLInputElement;
  sizeSaid: HTMLOutputElement;
  disc: HTMLInputElement;
  soft: HTMLInputElement;
  shown: HTMLInputElement;
  place: HTMLElement;
  caption: HTMLElement;
  keys: HTMLDialogElement;
}

const painting = ["add", "erase", "object", "background"] as const;
const swatches = ["kept", "added", "removed", "object", "background"] as const;

export function build(root: HTMLElement, paints: boolean): Frame {
  const frame: Frame = {
    view: make("div", { class: "view" }),
    canvas: make("canvas", { tabindex: "0", role: "application", "aria-label": say("label"), "aria-describedby": "board-caption" }),
    letters: ["l", "r", "t", "b"].map((at) => make("b", { class: `side ${at}`, "aria-hidden": "true" })),
    slider: make("input", { type: "range", min: "1", max: "1", value: "1", "aria-label": say("slice") }),
    number: make("output"),
    size: make("input", { type: "range", min: "0.5", max: "20", step: "0.5", value: "3", id: "board-size" }),
    sizeSaid: make("output", { for: "board-size" }),
    disc: make("input", { type: "checkbox" }),
    soft: make("input", { type: "checkbox" }),
    shown: make("input", { type: "checkbox" }),
    place: make("output", { class: "place" }),
    caption: make("span", { id: "board-caption", "aria-live": "polite" }),
    keys: dialog(),
  };
  frame.shown.checked = true;
  frame.view.append(frame.canvas, ...frame.letters);
  const planes = make("div", { class: "seg", role: "group", "aria-label": say("plane.title") }, ...[...axes].reverse().map((a) => button("plane", a, say(`plane.${a}`), String([...axes].reverse().indexOf(a) + 1))));
  const brush = make("div", { class: "seg", role: "group", "aria-label": say("tool.title") }, ...painting.map((t) => button("tool", t, say(`tool.${t}`), { add: "B", erase: "E", object: "I", background: "O" }[t])));
  const undo = make("div", { class: "seg" }, button("act", "undo", say("tool.undo"), "Ctrl+Z"), button("act", "redo", say("tool.redo"), "Ctrl+Shift+Z"));
  const look = make("div", { class: "seg" }, button("act", "farther", "−", "−", say("tool.farther")), button("act", "nearer", "+", "+", say("tool.nearer")), button("act", "fit", say("tool.fit"), "F"), button("act", "keys", say("tool.keys"), "?"));
  const size = make("label", { class: "size" }, make("span", {}, say("tool.size")), frame.size, frame.sizeSaid);
  const top = make("div", { class: "bar" }, planes, ...(paints ? [brush, undo] : []), look);
  const second = make("div", { class: "bar" }, ...(paints ? [size, tick(frame.disc, "disc")] : []), tick(frame.soft, "soft"), tick(frame.shown, "shown"));
  const legend = make("ul", { class: "legend" }, ...swatches.slice(0, paints ? 5 : 1).map((s) => make("li", {}, make("i", { class: s }), say(`legend.${s}`))));
  root.replaceChildren(top, second, frame.view, make("div", { class: "bar under" }, make("span", {}, say("slice")), frame.slider, frame.number, frame.place), make("div", { class: "cap" }, frame.caption, legend), frame.keys);
  return frame;
}

function button(kind: string, value: string, text: string, key = "", label = text): HTMLButtonElement {
  const b = make("button", { type: "button", [`data-${kind}`]: value, "aria-label": label, title: key ? `${label} (${key})` : label }, text);
  if (kind !== "act") b.setAttribute("aria-pressed", "false");
  return b;
}

function tick(input: HTMLInputElement, name: string): HTMLElement {
  return make("label", { class: "tick" }, input, say(`tool.${name}`));
}

const shortcuts: [string, string][] = [["← → ↑ ↓", "arrows"], ["Space", "space"], ["Page ↑ ↓", "page"], ["1 2 3", "planes"], ["B", "add"], ["E", "erase"], ["I", "inside"], ["O", "outside"], ["[ ]", "size"], ["D", "disc"], ["Ctrl+Z", "undo"], ["Ctrl+Shift+Z", "redo"], ["+ −", "zoom"], ["Esc", "leave"]];

function dialog(): HTMLDialogElement {
  const list = make("dl", { class: "keys" }, ...shortcuts.map(([key, name]) => make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, say(`key.${name}`)))));
  const close = make("form", { method: "dialog" }, make("button", { class: "btn quiet" }, say("tool.close")));
  return make("dialog", { class: "stage-keys", "aria-labelledby": "board-keys-title" }, make("h2", { id: "board-keys-title" }, say("key.title")), list, close);
}
