// The list of layers: which are shown, and how much shines through them. Below it the six sides to look from.
import { make } from "./dom";
import { sides } from "./eye";
import type { World } from "./world";
import type { Layer } from "./scene";
import { number, say } from "../viewer/words";

export class Panel {
  private readonly list = make("ul");

  constructor(private readonly root: HTMLElement, private readonly world: World, private readonly changed: () => void, look: (side: string) => void) {
    const buttons = Object.keys(sides).map((side) => {
      const b = make("button", { type: "button", class: "ib", title: say(`from.${side}`), "aria-label": say("seen", { from: say(`from.${side}`) }) }, say(`letter.${side}`));
      b.addEventListener("click", () => look(side));
      return b;
    });
    root.append(make("h3", {}, say("layer.title")), this.list, make("h3", {}, say("layer.sides")), make("div", { class: "six" }, ...buttons));
  }

  toggle(): boolean {
    this.root.hidden = !this.root.hidden;
    return !this.root.hidden;
  }

  /** Draws the list anew, after a view or a layer has come. */
  fill(layers: Layer[]): void {
    this.list.replaceChildren(...layers.filter((l) => this.world.parts.has(l.id)).map((l) => this.row(l)));
  }

  private row(layer: Layer): HTMLElement {
    const part = this.world.parts.get(layer.id);
    const tick = make("input", { type: "checkbox", "aria-label": say("layer.show", { name: layer.name }) });
    tick.checked = part?.mesh.visible ?? false;
    tick.addEventListener("change", () => {
      if (part) part.mesh.visible = tick.checked;
      this.changed();
    });
    const share = make("input", { type: "range", min: "0.1", max: "1", step: "0.05", "aria-label": say("layer.opacity", { name: layer.name }) });
    share.value = String(part?.opacity ?? 1);
    share.addEventListener("input", () => {
      if (part) part.opacity = Number(share.value);
      this.changed();
    });
    return make("li", {}, make("label", {}, tick, make("span", {}, layer.name)), share, make("small", {}, say("layer.triangles", { n: number(part?.triangles ?? 0) })));
  }
}
