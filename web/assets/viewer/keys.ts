// The keyboard.
import type { Layout } from "./stage";

export interface Hands {
  slice(by: number): void;
  window(n: number): void;
  tool(name: string): void;
  act(name: string): void;
  layout(name: Layout): void;
}

const tools: Record<string, string> = { s: "scroll", x: "cross", w: "window", z: "zoom", g: "pan", l: "length", a: "angle", c: "cobb", r: "region", q: "rectangle", t: "arrow" };
const acts: Record<string, string> = { k: "key", " ": "cine", i: "mip", n: "invert", "0": "reset", delete: "remove", h: "marks", "?": "keys" };
const slices: Record<string, number> = { arrowup: -1, arrowdown: 1, pageup: -10, pagedown: 10 };
const layouts: Record<string, Layout> = { m: "mpr", p: "prior" };

export function keys(hands: Hands): void {
  document.addEventListener("keydown", (e) => {
    const at = e.target as Element;
    if (e.altKey || e.metaKey || at.closest("dialog, input:not([type=checkbox]), textarea, select, summary") || (e.key === " " && at.closest("button, a, input"))) return;
    if (does(hands, e.key.toLowerCase(), e.ctrlKey)) e.preventDefault();
  });
}

function does(hands: Hands, key: string, control: boolean): boolean {
  if (control) {
    if (key !== "z" && key !== "y") return false;
    hands.act(key === "z" ? "undo" : "redo");
    return true;
  }
  if (slices[key]) hands.slice(slices[key] as number);
  else if (/^[1-5]$/.test(key)) hands.window(Number(key) - 1);
  else if (tools[key]) hands.tool(tools[key] as string);
  else if (acts[key]) hands.act(acts[key] as string);
  else if (layouts[key]) hands.layout(layouts[key] as Layout);
  else return false;
  return true;
}
