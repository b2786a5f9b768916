// Mouse, fingers and wheel on the picture: one turns, two zoom and move, a short touch takes a point.
import type { World } from "./world";

const still = 5; // pixels that a pointer may move and still be a click
const degrees = 0.4; // of turn per pixel

export function hands(world: World, take: (x: number, y: number) => void, turned: () => void): void {
  const { canvas, eye } = world;
  const down = new Map<number, { x: number; y: number }>();
  let moved = 0;

  const at = (e: PointerEvent | WheelEvent): { x: number; y: number } => {
    const box = canvas.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  };
  canvas.addEventListener("contextmenu", (e) => e.preventDefault());
  canvas.addEventListener("pointerdown", (e) => {
    if (down.size === 0) moved = 0;
    down.set(e.pointerId, at(e));
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", (e) => {
    const last = down.get(e.pointerId);
    if (!last) return;
    const now = at(e);
    const [dx, dy] = [now.x - last.x, now.y - last.y];
    moved = Math.max(moved, moved + Math.hypot(dx, dy));
    down.set(e.pointerId, now);
    if (moved < still) return;
    if (down.size > 1) pinch(down, e.pointerId, last);
    else if (e.buttons !== 1 || e.shiftKey) eye.move(dx, dy);
    else eye.look(eye.turn + dx * degrees, eye.rise + dy * degrees);
    turned();
  });
  const up = (e: PointerEvent): void => {
    const last = down.get(e.pointerId);
    down.delete(e.pointerId);
    if (last && e.type === "pointerup" && moved < still && e.button === 0 && down.size === 0) take(last.x, last.y);
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("wheel", (e) => {
    // A page is scrolled past the stage; who wants to zoom has clicked it, or holds a key as on a map.
    if (document.activeElement !== canvas && !e.ctrlKey) return;
    e.preventDefault();
    const { x, y } = at(e);
    eye.zoom(Math.exp(-Math.max(-60, Math.min(60, e.deltaY)) * 0.004), x, y);
    turned();
  }, { passive: false });

  /** Two fingers: their distance zooms, their middle moves. */
  function pinch(fingers: Map<number, { x: number; y: number }>, id: number, last: { x: number; y: number }): void {
    const [[, other]] = [...fingers].filter(([n]) => n !== id) as [[number, { x: number; y: number }]];
    const now = fingers.get(id) as { x: number; y: number };
    const far = (p: { x: number; y: number }): number => Math.max(8, Math.hypot(p.x - other.x, p.y - other.y));
    eye.zoom(far(now) / far(last), (now.x + other.x) / 2, (now.y + other.y) / 2);
    eye.move((now.x - last.x) / 2, (now.y - last.y) / 2);
  }
}
