// The keyboard of the stage. Keys with a letter work anywhere on the page but in a field; arrows only where the picture has the focus, since they scroll the page elsewhere.
export interface Does {
  turn(right: number, up: number): void;
  move(x: number, y: number): void;
  zoom(by: number): void;
  look(side: string): void;
  slice(by: number): void;
  act(name: string): void;
  take(): void;
}

const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const acts: Record<string, string> = { l: "measure", k: "picture", f: "fit", c: "section", v: "layers", x: "which", "?": "keys", Escape: "leave" };
const order = ["front", "back", "right", "left", "head", "feet"];

export function keys(root: HTMLElement, canvas: HTMLElement, does: Does): void {
  document.addEventListener("keydown", (e) => {
    const at = e.target as Element;
    if (e.altKey || e.metaKey || at.closest("dialog, input:not([type=range]), textarea, select, [contenteditable]")) return;
    const here = at === canvas || at === root;
    if (here ? onStage(e, does) || anywhere(e, does) : anywhere(e, does)) e.preventDefault();
  });
}

function onStage(e: KeyboardEvent, does: Does): boolean {
  const arrow = arrows[e.key];
  if (arrow && !e.ctrlKey) {
    if (e.shiftKey) does.move(arrow[0] * 24, -arrow[1] * 24);
    else does.turn(arrow[0], arrow[1]);
    return true;
  }
  if (e.key === "Enter" || e.key === " ") does.take();
  else if (e.key === "PageUp" || e.key === "PageDown") does.slice((e.key === "PageUp" ? 1 : -1) * (e.shiftKey ? 10 : 1));
  else return false;
  return true;
}

function anywhere(e: KeyboardEvent, does: Does): boolean {
  if (e.ctrlKey) {
    if (e.key.toLowerCase() !== "z") return false;
    does.act("undo");
    return true;
  }
  const act = acts[e.key] ?? acts[e.key.toLowerCase()];
  if (act) does.act(act);
  else if (/^[1-6]$/.test(e.key)) does.look(order[Number(e.key) - 1] as string);
  else if (e.key === "+" || e.key === "=") does.zoom(1.25);
  else if (e.key === "-") does.zoom(0.8);
  else return false;
  return act !== "leave";
}
