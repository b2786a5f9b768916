// The stage without a graphics card: pictures that the node has drawn, from 24 sides.
import type { Still, View } from "./scene";

export const step = 15; // degrees between two pictures

export class Stills {
  turn = 30;
  private view: View = "surface";

  constructor(private readonly image: HTMLImageElement, private pictures: Still[]) {}

  say(pictures: Still[]): void {
    this.pictures = pictures;
  }

  /** The picture of a view; a view that the node has not drawn has none. */
  of(view: View): Still | undefined {
    return this.pictures.find((p) => p.view === view);
  }

  show(view: View): boolean {
    this.view = view;
    const still = this.of(view);
    if (!still) {
      this.image.removeAttribute("src");
      return false;
    }
    this.image.src = this.url(still, this.turn);
    this.image.alt = still.alt;
    for (const side of [-step, step]) new Image().src = this.url(still, this.turn + side);
    return true;
  }

  by(steps: number): void {
    this.turn = (((this.turn + steps * step) % 360) + 360) % 360;
    this.show(this.view);
  }

  /** How many millimeters of the patient one pixel of the shown picture is, or nothing if the node did not say. */
  mm(): number | undefined {
    const still = this.of(this.view);
    return still?.mm && this.image.clientHeight ? still.mm / shownHeight(this.image) : undefined;
  }

  private url(still: Still, turn: number): string {
    const at = (((Math.round(turn / step) * step) % 360) + 360) % 360;
    return `${still.url}${still.url.includes("?") ? "&" : "?"}turn=${at}`;
  }
}

/** The height of the picture itself within its element, which it does not fill where their shapes differ. */
function shownHeight(image: HTMLImageElement): number {
  const { clientWidth: w, clientHeight: h, naturalWidth: nw, naturalHeight: nh } = image;
  return nw && nh ? Math.min(h, (w * nh) / nw) : h;
}
