// What is put into a picture of the stage beside the drawing itself: letters, scale, marks and the stage's own ground.
import { file, paint, type Overlay, type Scenery } from "./shot";
import type { Stage } from "./stage";
import { Vector3 } from "three";
import { sides } from "./eye";
import { say } from "../viewer/words";

/** Draws the stage once more, shows the picture and files it; resolves to whether it was filed. */
export function shoot(stage: Stage, url: string, title: string, mm: number | undefined, bare: boolean): Promise<boolean> {
  const { frame } = stage;
  if (!bare) stage.drawing?.world.frame(); // its pixels are kept only until the browser has shown them
  const source = bare ? frame.still : frame.canvas;
  const picture = paint(source, scenery(stage, title, mm, bare));
  return file(stage.root, url, stage.view, picture, title);
}

function scenery(stage: Stage, title: string, mm: number | undefined, bare: boolean): Scenery {
  const style = getComputedStyle(stage.frame.view);
  const box = stage.frame.view.getBoundingClientRect();
  const token = (name: string, fallback: string): string => resolved(stage.frame.view, name) || fallback;
  return {
    width: box.width,
    height: box.height,
    background: token("--stage-flat", style.backgroundColor),
    ink: token("--ink", style.color),
    sheet: token("--sheet", "#fff"),
    labels: bare ? [] : overlays(stage, box),
    bar: bar(stage, mm),
    sides: letters(stage),
    title: [stage.scene.case, title].filter(Boolean).join(" · "),
  };
}

function overlays(stage: Stage, box: DOMRect): Overlay[] {
  return (stage.drawing?.labels.all() ?? []).map(({ element }) => {
    const at = element.getBoundingClientRect();
    return { text: [...element.childNodes].map((n) => n.textContent).join(" "), x: at.left + at.width / 2 - box.left, y: at.top + at.height / 2 - box.top };
  });
}

function bar(stage: Stage, mm: number | undefined): Scenery["bar"] {
  const [line, text] = [...stage.frame.scale.children] as HTMLElement[];
  return mm === undefined ? { mm: 0, text: "", long: 0 } : { mm, text: text?.textContent ?? "", long: parseFloat(line?.style.width ?? "0") };
}

/** The sides of the patient at the four edges of the picture. */
function letters(stage: Stage): Scenery["sides"] {
  const { right, up } = stage.eye;
  const name = (way: Vector3): string => {
    const [best] = Object.entries(sides).map(([side, s]): [string, number] => [side, way.dot(new Vector3(...s.from))]).sort((a, b) => b[1] - a[1]);
    return best ? say(`letter.${best[0]}`) : "";
  };
  return { left: name(right.clone().negate()), right: name(right), top: name(up), bottom: name(up.clone().negate()) };
}

/** A token's color as the canvas understands it: light-dark() is resolved by an element that wears it. */
function resolved(place: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  place.append(probe);
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
