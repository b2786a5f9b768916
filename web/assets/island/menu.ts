// Menus are native popovers and need no script to open. This adds what a keyboard expects:
// arrows move between items, "/" goes to the search field of the page.
export function menu(): void {
  document.addEventListener("keydown", (event) => {
    const at = event.target as HTMLElement;
    if (event.key === "/" && !typing(at) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const find = document.querySelector<HTMLInputElement>('input[type="search"]');
      if (find) {
        event.preventDefault();
        find.focus();
      }
      return;
    }
    const open = at.closest<HTMLElement>("[popover]");
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) step(open, at, event);
  });
  for (const pop of document.querySelectorAll<HTMLElement>("[popover]")) {
    pop.addEventListener("toggle", (event) => {
      const state = (event as ToggleEvent).newState === "open";
      document.querySelector(`[popovertarget="${pop.id}"]`)?.setAttribute("aria-expanded", String(state));
    });
  }
}

function step(open: HTMLElement, at: HTMLElement, event: KeyboardEvent): void {
  const items = [...open.querySelectorAll<HTMLElement>("a, button")].filter((item) => item.offsetParent !== null);
  const here = items.indexOf(at);
  if (here < 0) return;
  event.preventDefault();
  items[(here + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
}

function typing(at: HTMLElement): boolean {
  return at.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName);
}
