// The cube in the corner that says where the patient's sides are. Each face bears the letter of its side; a click looks from there.
import { Vector3 } from "three";
import { draw } from "./dom";
import { sides, type Eye } from "./eye";
import { say } from "../viewer/words";

const size = 15; // half the cube's edge, in the drawing's units

export class Compass {
  readonly element = draw("svg", { class: "compass", viewBox: "-32 -32 64 64", role: "img" });

  constructor(private readonly eye: Eye, look: (side: string) => void) {
    this.element.addEventListener("click", (e) => {
      const side = (e.target as Element).closest<SVGElement>("[data-side]")?.dataset.side;
      if (side) look(side);
    });
  }

  draw(): void {
    const { right, up, back } = this.eye;
    const flat = (v: Vector3): [number, number] => [v.dot(right) * size, -v.dot(up) * size];
    const faces = Object.entries(sides)
      .map(([name, side]) => ({ name, normal: new Vector3(...side.from) }))
      .filter((f) => f.normal.dot(back) > 0.02)
      .map(({ name, normal }) => {
        const a = new Vector3(normal.y, normal.z, normal.x); // the two edges of the face
        const b = new Vector3().crossVectors(normal, a);
        const corners = [[1, 1], [1, -1], [-1, -1], [-1, 1]].map(([s = 0, t = 0]) => flat(normal.clone().addScaledVector(a, s).addScaledVector(b, t)));
        const [x, y] = flat(normal);
        const share = normal.dot(back);
        return draw("g", { "data-side": name, class: "face" },
          draw("polygon", { points: corners.map((c) => c.map((n) => n.toFixed(2)).join(",")).join(" ") }),
          ...(share > 0.22 ? [draw("text", { x: x.toFixed(2), y: (y + 4.2).toFixed(2), "font-size": (7 + 6 * share).toFixed(1) }, say(`letter.${name}`))] : []));
      });
    this.element.replaceChildren(...faces);
    this.element.setAttribute("aria-label", say("seen", { from: from(this.eye) }));
  }
}

/** Where the eye stands, in words: "the front and the patient's right". */
export function from(eye: Eye): string {
  const [a = "front", b] = eye.seen();
  return b ? say("from.and", { a: say(`from.${a}`), b: say(`from.${b}`) }) : say(`from.${a}`);
}
