// What the colors of stress mean: name, unit, numbers, the limit of the material, the factor of risk with its criterion.
import { make } from "./dom";
import type { Values } from "./scene";
import { number, say } from "../viewer/words";

export function fillLegend(place: HTMLElement, values: Values, end: number): void {
  const [head, , ticks, text] = [...place.children] as HTMLElement[];
  (head?.firstElementChild as HTMLElement).textContent = values.name;
  (head?.lastElementChild as HTMLElement).textContent = values.unit;
  const digits = end < 1 ? 2 : end < 20 ? 1 : 0;
  ticks?.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map((share) => make("span", {}, (share === 1 && values.max > end ? "≥ " : "") + number(share * end, share === 0 ? 0 : digits))));
  const parts = { max: round(values.max), unit: values.unit, limit: round(values.limit ?? 0) };
  const said: (Node | string)[] = [values.limit ? say("legend.highest", parts) : say("legend.highestonly", parts), " "];
  if (values.factor_of_risk !== undefined) said.push(make("strong", {}, say("legend.risk", { n: round(values.factor_of_risk), criterion: values.criterion ?? "" })), " ");
  text?.replaceChildren(...said, say("legend.ivory"));
}

/** Three figures, as many as such a number is worth. */
function round(v: number): string {
  return new Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: v >= 100 ? 3 : 2 }).format(v);
}
