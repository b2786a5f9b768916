// Which questions a pathway asks depends on the answers so far. The node decides, by the pack's own
// rules: the form is posted to data-evaluate, and the answer is the same form rendered again. Fields
// are shown, hidden and scored by it; what was typed is never exchanged. Without this island the
// form has a button that does the same.
import { csrfHeaders } from "./csrf";

const wait = 250; // ms of quiet before the rules are asked again

export function visible(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-evaluate]")) watch(form);
}

function watch(form: HTMLFormElement): void {
  let timer = 0;
  let turn = 0;
  form.addEventListener("change", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(form, ++turn, () => turn), wait);
  });
}

async function ask(form: HTMLFormElement, mine: number, newest: () => number): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  let text: string;
  try {
    const answer = await fetch(form.dataset.evaluate ?? "", { method: "POST", body, headers: csrfHeaders() });
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    return; // everything stays visible as it was; the node checks again on submit
  }
  if (mine !== newest()) return;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of form.querySelectorAll<HTMLElement>("[data-field]")) {
    const next = fresh.querySelector<HTMLElement>(`[data-field="${CSS.escape(part.dataset.field ?? "")}"]`);
    if (!next) continue;
    part.hidden = next.hidden;
    const score = part.querySelector(".computed");
    const fresher = next.querySelector(".computed");
    if (score && fresher) score.replaceChildren(...document.adoptNode(fresher).childNodes);
  }
}
