// The keyboard of the board. Letters work anywhere on the page but in a field; what moves or paints only where the picture has the focus.
export interface Does {
  arrow(x: number, y: number): void;
  put(): void;
  slice(by: number): void;
  plane(n: number): void;
  tool(name: string): void;
  size(by: number): void;
  act(name: string): void;
}

const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const tools: Record<string, string> = { b: "add", e: "erase", i: "object", o: "background" };
const acts: Record<string, string> = { d: "disc", f: "fit", "?": "keys", "+": "nearer", "=": "nearer", "-": "farther", escape: "leave" };

export function keys(canvas: HTMLCanvasElement, does: Does): void {
  document.addEventListener("keydown", (e) => {
    const at = e.target as Element;
    if (e.altKey || e.metaKey || at.closest("dialog, input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]")) return;
    if ((at === canvas && onBoard(e, does)) || anywhere(e, does)) e.preventDefault();
  });
}

function onBoard(e: KeyboardEvent, does: Does): boolean {
  const arrow = arrows[e.key];
  if (arrow && !e.ctrlKey) {
    const by = e.shiftKey ? 10 : 1;
    does.arrow(arrow[0] * by, arrow[1] * by);
  } else if (e.key === " " || e.key === "Enter") does.put();
  else if (e.key === "PageUp" || e.key === "PageDown") does.slice((e.key === "PageUp" ? 1 : -1) * (e.shiftKey ? 10 : 1));
  else return false;
  return true;
}

function anywhere(e: KeyboardEvent, does: Does): boolean {
  const key = e.key.toLowerCase();
  if (e.ctrlKey) {
    if (key !== "z" && key !== "y") return false;
    does.act(key === "y" || e.shiftKey ? "redo" : "undo");
    return true;
  }
  if (tools[key]) does.tool(tools[key] as string);
  else if (acts[key]) does.act(acts[key] as string);
  else if (/^[123]$/.test(key)) does.plane(Number(key) - 1);
  else if (key === "[" || key === "]") does.size(key === "]" ? 1 : -1);
  else return false;
  return key !== "escape";
}
