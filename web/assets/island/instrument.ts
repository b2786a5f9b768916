// A form as an instrument: what is left is counted in the rail and in the bar, one key leads to the next of it, "/" says why there is no value, a digit chooses, and one
// press fills what a section has as planned, as last time or as usual. Keys of one letter act only while a field has the focus, the others on the whole page. Without this island the form is whole:
// the rail leads to its sections, "/" opens the reasons, and the node says what is missing.
export function instruments(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form.instrument")) instrument(form);
}

function instrument(form: HTMLFormElement): void {
  for (const field of form.querySelectorAll<HTMLElement>(".field.wrong")) refused.set(field, valueOf(field));
  const count = () => {
    showLeft(form);
    tellFolded(form);
  };
  form.addEventListener("input", (event) => {
    (event.target as HTMLElement).closest(".filled")?.classList.remove("filled"); // now it is somebody's own answer
    count();
  });
  form.addEventListener("change", count);
  const questions = (list: MutationRecord[]) => {
    const fields = list.map((m) => m.target as HTMLElement).filter((field) => field.matches("[data-field]"));
    // What an answer has made a question of is shown, also where its section had folded it away.
    for (const field of fields) if (!field.hidden) field.closest("details.more")?.setAttribute("open", "");
    if (fields.length > 0) count();
  };
  new MutationObserver(questions).observe(form, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
  for (const button of form.querySelectorAll<HTMLButtonElement>("button[data-fill]")) {
    button.hidden = false;
    button.addEventListener("click", () => fillSection(form, button));
  }
  form.querySelector("[data-next-left]")?.addEventListener("click", () => toNext(form));
  document.addEventListener("keydown", (event) => {
    if (form.contains(event.target as Node)) keys(form, event);
    else if (event.target === document.body) ways(form, event); // nothing has the focus yet: a form just opened answers its keys too
  });
  for (const field of form.querySelectorAll<HTMLElement>("[data-min],[data-max]")) field.addEventListener("input", () => inRange(field));
  count();
}

/** Fields that the node refused, with what stood in them then: until that changes they are not done. */
const refused = new Map<HTMLElement, string>();

/** What has to be answered and is not: with neither a value nor a reason, or with what the node has refused. */
function left(form: HTMLFormElement): HTMLElement[] {
  return [...form.querySelectorAll<HTMLElement>("[data-needed], .field.wrong")].filter((field) => {
    if (field.hidden || field.closest("[hidden]")) return false;
    const was = refused.get(field);
    return was === undefined ? "needed" in field.dataset && !answered(field) : was === valueOf(field);
  });
}

/** What is answered in a field, as people read it. */
function valueOf(field: HTMLElement): string {
  const said: string[] = [];
  for (const input of field.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>("input,select,textarea")) {
    if (input instanceof HTMLSelectElement) said.push(input.value === "" ? "" : (input.selectedOptions[0]?.textContent ?? ""));
    else if (input.type !== "radio" && input.type !== "checkbox") said.push(input.value);
    else if ((input as HTMLInputElement).checked && input.value !== "") said.push(input.closest("label")?.textContent ?? "");
  }
  return said.map((text) => text.trim()).filter((text) => text !== "").join(", ");
}

/** The line of what is folded says what was answered there, so that nothing is signed unseen. */
function tellFolded(form: HTMLFormElement): void {
  for (const more of form.querySelectorAll<HTMLElement>("details.more")) {
    const line = more.querySelector<HTMLElement>("summary span");
    if (!line) continue;
    const told = (field: HTMLElement) => !field.hidden && (!("answered" in line.dataset) || answered(field));
    const fields = [...more.querySelectorAll<HTMLElement>("[data-field]")].filter(told);
    fields.sort((a, b) => Number(answered(b)) - Number(answered(a)));
    line.textContent = fields.map((field) => (answered(field) ? `${labelOf(field)}: ${valueOf(field)}` : labelOf(field))).join(" · ");
  }
}

function answered(field: HTMLElement): boolean {
  return [...field.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>("input,select,textarea")].some((input) => {
    if (input instanceof HTMLInputElement && (input.type === "radio" || input.type === "checkbox")) return input.checked && input.value !== "";
    return input.value.trim() !== "";
  });
}

function showLeft(form: HTMLFormElement): void {
  const open = left(form);
  for (const field of form.querySelectorAll<HTMLElement>("[data-needed]")) field.classList.toggle("todo", open.includes(field));
  for (const line of form.querySelectorAll<HTMLElement>("[data-section]")) {
    const section = document.getElementById(line.dataset.section ?? "");
    const n = open.filter((field) => section?.contains(field)).length;
    line.classList.toggle("ok", n === 0);
    const words = line.querySelector(".n");
    if (words) words.textContent = n > 0 ? (form.dataset.left ?? "{n}").replace("{n}", String(n)) : "";
  }
  const bar = form.querySelector<HTMLElement>("[data-bar]");
  if (bar) bar.textContent = open.length === 0 ? (form.dataset.ready ?? "") : `${(form.dataset.left ?? "{n}").replace("{n}", String(open.length))}: ${open.slice(0, 3).map(labelOf).join(", ")}${open.length > 3 ? " …" : ""}`;
  const next = form.querySelector<HTMLElement>("[data-next-left]");
  if (next && next.hidden !== (open.length === 0)) next.hidden = open.length === 0;
}

function labelOf(field: HTMLElement): string {
  return (field.querySelector(".l")?.textContent ?? "").trim();
}

function toNext(form: HTMLFormElement): void {
  const field = left(form)[0];
  const input = field?.querySelector<HTMLElement>("input:not([type=hidden]),select,textarea");
  field?.closest("details")?.setAttribute("open", "");
  field?.scrollIntoView({ block: "center" });
  input?.focus({ preventScroll: true });
}

/** The keys that lead through the form and out of it. They answer whether this was one. */
function ways(form: HTMLFormElement, event: KeyboardEvent): boolean {
  const next = event.altKey && event.key === "ArrowDown";
  const sign = event.ctrlKey && event.key === "Enter";
  if (next) toNext(form);
  else if (sign) form.requestSubmit(form.querySelector<HTMLButtonElement>(".form-actions button.btn:not([data-next-left])"));
  if (next || sign) event.preventDefault();
  return next || sign;
}

function keys(form: HTMLFormElement, event: KeyboardEvent): void {
  if (ways(form, event)) return;
  const at = event.target as HTMLElement;
  const field = at.closest<HTMLElement>("[data-field]");
  if (!field || event.ctrlKey || event.altKey || event.metaKey) return;
  const typed = at instanceof HTMLTextAreaElement || (at instanceof HTMLInputElement && !["radio", "checkbox"].includes(at.type));
  const why = field.querySelector<HTMLDetailsElement>("details.nv");
  if (event.key === "/" && why && !(typed && (at as HTMLInputElement).value !== "")) {
    event.preventDefault();
    why.open = !why.open;
    if (why.open) why.querySelector("select")?.focus();
  } else if (at instanceof HTMLSelectElement && !at.name.endsWith(".missing") && /^[1-9]$/.test(event.key)) {
    if (Number(event.key) >= at.options.length) return;
    event.preventDefault();
    at.selectedIndex = Number(event.key); // the first says that nothing is chosen
    at.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (!typed && !(at instanceof HTMLSelectElement) && /^[1-9]$/.test(event.key)) {
    const choice = field.querySelectorAll<HTMLInputElement>(".choices input")[Number(event.key) - 1];
    if (!choice) return;
    choice.checked = choice.type === "radio" ? true : !choice.checked;
    choice.focus();
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** What each press has filled, for a second press to take back. */
const pressed = new Map<HTMLButtonElement, HTMLElement[]>();

/** Fills what is empty and open in a section, nothing that somebody has answered and nothing that is folded away; says what, and takes it back when pressed again. */
function fillSection(form: HTMLFormElement, button: HTMLButtonElement): void {
  const values = JSON.parse(button.dataset.fill ?? "{}") as Record<string, string[]>;
  const before = pressed.get(button);
  if (before) takeBack(button, before);
  else pressed.set(button, Object.entries(values).flatMap(([name, list]) => fillField(form, name, list)));
  button.setAttribute("aria-pressed", String(!before));
  const line = button.closest(".sec")?.querySelector<HTMLElement>(".set");
  if (line) {
    const set = pressed.get(button) ?? [];
    line.textContent = before ? "" : `${button.textContent}: ${set.length > 0 ? set.map((field) => `${labelOf(field)}: ${valueOf(field)}`).join(" · ") : (line.dataset.none ?? "")}`;
    line.hidden = line.textContent === "";
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function fillField(form: HTMLFormElement, name: string, list: string[]): HTMLElement[] {
  const inputs = inputsOf(form, name);
  const field = inputs[0]?.closest<HTMLElement>("[data-field]");
  if (!field || field.hidden || field.closest("details.more:not([open])") || answered(field)) return [];
  for (const input of inputs) {
    if (input instanceof HTMLInputElement && (input.type === "radio" || input.type === "checkbox")) input.checked = list.includes(input.value);
    else input.value = list[0] ?? "";
  }
  field.classList.add("filled");
  return [field];
}

function takeBack(button: HTMLButtonElement, fields: HTMLElement[]): void {
  pressed.delete(button);
  for (const field of fields) {
    if (!field.classList.contains("filled")) continue; // somebody has answered it since
    for (const input of field.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>("input,select,textarea")) {
      if (input instanceof HTMLInputElement && (input.type === "radio" || input.type === "checkbox")) input.checked = false;
      else input.value = "";
    }
    field.classList.remove("filled");
  }
}

function inputsOf(form: HTMLFormElement, name: string) {
  return [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(`[name="${CSS.escape(name)}"]`)];
}

/** A number outside its range says so while it is typed. */
function inRange(field: HTMLElement): void {
  const input = field.querySelector<HTMLInputElement>("input[name]");
  const value = Number((input?.value ?? "").replace(",", "."));
  const wrong = input?.value.trim() !== "" && (Number.isNaN(value) || value < Number(field.dataset.min ?? -Infinity) || value > Number(field.dataset.max ?? Infinity));
  field.classList.toggle("wrong", wrong);
  input?.setAttribute("aria-invalid", String(wrong));
  const range = field.querySelector<HTMLElement>(".range");
  range?.classList.toggle("shown", wrong);
}
