// Mouse, pen and fingers on the board: one paints, two move and zoom. A stroke that a second finger interrupts is dropped.
export interface Does {
  begin(x: number, y: number): void;
  on(x: number, y: number): void;
  end(keep: boolean): void;
  pinch(by: number, at: [number, number], moved: [number, number]): void;
  wheel(by: number, zooms: boolean, at: [number, number]): void;
  left(): void;
}

export function hands(canvas: HTMLCanvasElement, does: Does): void {
  const down = new Map<number, [number, number]>();
  let painting = false;
  const place = (e: MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    canvas.setPointerCapture(e.pointerId);
    canvas.focus({ preventScroll: true });
    down.set(e.pointerId, place(e));
    if (down.size === 1) {
      painting = true;
      does.begin(...place(e));
    } else if (painting) {
      painting = false;
      does.end(false);
    }
  });
  canvas.addEventListener("pointermove", (e) => {
    const before = down.get(e.pointerId);
    if (down.size === 2 && before) {
      const other = [...down].find(([id]) => id !== e.pointerId)?.[1] as [number, number];
      const now = place(e);
      const long = (a: [number, number]): number => Math.max(10, Math.hypot(a[0] - other[0], a[1] - other[1]));
      does.pinch(long(now) / long(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2], [(now[0] - before[0]) / 2, (now[1] - before[1]) / 2]);
      down.set(e.pointerId, now);
    } else if (down.size < 2) for (const each of e.getCoalescedEvents?.().length ? e.getCoalescedEvents() : [e]) does.on(...place(each));
  });
  const up = (keep: boolean) => (e: PointerEvent): void => {
    down.delete(e.pointerId);
    if (painting && down.size === 0) {
      painting = false;
      does.end(keep);
    }
  };
  canvas.addEventListener("pointerup", up(true));
  canvas.addEventListener("pointercancel", up(false));
  canvas.addEventListener("pointerleave", () => down.size || does.left());
  let turned = 0;
  canvas.addEventListener("wheel", (e) => {
    e.preventDefault();
    turned += e.deltaY / (e.deltaMode === 0 ? 60 : 1);
    const steps = Math.trunc(turned);
    if (steps) does.wheel(steps, e.ctrlKey, place(e));
    turned -= steps;
  }, { passive: false });
}
