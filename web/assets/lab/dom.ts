// Small makers of elements. No text stands here: it comes from the page's words.

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string | boolean> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) e.setAttribute(name, "");
    else if (value !== false) e.setAttribute(name, value);
  }
  e.append(...children);
  return e;
}

const svg = "http://www.w3.org/2000/svg";

export function draw(tag: string, attributes: Record<string, string | number> = {}, ...children: (Node | string)[]): SVGElement {
  const e = document.createElementNS(svg, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, String(value));
  e.append(...children);
  return e;
}

/** Paths on a grid of 20, in the line of the product's other icons. */
const paths = {
  measure: "M3 17 17 3M5.5 14.5l1.5 1.5M8.5 11.5l1 1M11.5 8.5l1.5 1.5M14.5 5.5l1 1",
  picture: "M3 6.5h3.2L7.6 4h4.8l1.4 2.5H17V16H3zM10 8.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
  section: "M4 3.5h8v13H4zM12 6l4.5-2.5v10L12 16.500M2 10h16",
  layers: "M10 3 2.5 7 10 11l7.5-4zM2.5 10.5 10 14.500l7.5-4M2.5 13.5 10 17.5l7.5-4",
  fit: "M3.5 7V3.5H7M13 3.5h3.500V7M16.5 13v3.500H13M7 16.5H3.500V13M7.500 10a2.500 2.500 0 1 0 5 0 2.500 2.500 0 1 0-5 0",
  undo: "M7 4 3.5 7.5 7 11M3.5 7.500H12a4.500 4.500 0 0 1 0 9H8",
  turnleft: "M12 4.500 6.500 10l5.500 5.500",
  turnright: "M8 4.500l5.500 5.500L8 15.500",
  turnup: "M4.500 12 10 6.500l5.500 5.500",
  turndown: "M4.500 8l5.500 5.500L15.500 8",
  nearer: "M10 4v12M4 10h12",
  farther: "M4 10h12",
  keys: "M2.500 5.500h15v9h-15zM5.500 8.500h.1M8.500 8.500h.1M11.500 8.500h.1M14.500 8.500h.1M6.500 11.800h7",
  vr: "M2.500 6h15v8.500h-4.600L11 12H9l-1.900 2.500H2.500z",
} as const;

export type Icon = keyof typeof paths;

export function icon(name: Icon): SVGElement {
  return draw("svg", { class: "icon", width: 18, height: 18, viewBox: "0 0 20 20", fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" }, draw("path", { d: paths[name] }));
}

/** A square button with an icon. Its key, if it has one, stands in its title. */
export function iconButton(name: Icon, label: string, key = ""): HTMLButtonElement {
  return make("button", { type: "button", class: "ib", "data-act": name, "aria-label": label, title: key ? `${label} (${key})` : label }, icon(name));
}
