// The column beside a page stays in sight. One that is higher than the window goes along with the page until its end is seen, so that all of it is read without
// a scroller of its own. Without this island its beginning stays, and its end is seen at the end of the page.
const below = 72; // px under the bar at the top
const above = 16; // px over the window's lower edge

export function side(): void {
  const column = document.querySelector<HTMLElement>(".body.split > .side");
  if (!column) return;
  const place = () => column.style.setProperty("--side-top", `${Math.min(below, window.innerHeight - column.offsetHeight - above)}px`);
  new ResizeObserver(place).observe(column);
  window.addEventListener("resize", place);
  place();
}
