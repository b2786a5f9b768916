// Every date of the program is entered in one way: typed as people type dates, or chosen in a calendar that the button beside it or the arrow down opens. The field
// holds 2026, 2026-11, 2026-11-21 or 2026-11-21 14:05, the same in both languages, and says beside it in words which day that is. Without this island the field is
// typed, and the node reads it by the same rules (terms.Typed).

type Sort = "day" | "date" | "datetime"; // "date" may be known to the month or the year only

export function dates(): void {
  const words = document.getElementById("calendar-words");
  if (!words) return;
  const calendar = new Calendar(words.dataset);
  document.documentElement.classList.add("with-calendar");
  for (const box of document.querySelectorAll<HTMLElement>("[data-date]")) tell(box);
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("button.date-open");
    const box = button?.closest<HTMLElement>("[data-date]");
    if (box) calendar.toggle(box);
    else if (!calendar.holds(event.target as Node)) calendar.close(false);
  });
  document.addEventListener("keydown", (event) => {
    const box = boxOf(event.target);
    if (!box || event.key !== "ArrowDown" || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    calendar.open(box);
  });
  document.addEventListener("input", (event) => {
    const box = boxOf(event.target);
    if (box) tell(box);
  });
  // Before whoever else hears of the change, the draft and the rules of the pack, the words are brought into form.
  document.addEventListener("change", (event) => settle(boxOf(event.target)), true);
  document.addEventListener("focusin", (event) => {
    const box = boxOf(event.target);
    if (box) tell(box); // a draft may have filled it since
  });
}

function boxOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof HTMLInputElement ? (target.closest<HTMLElement>("[data-date]:not(.calendar)") ?? null) : null;
}

const inputOf = (box: HTMLElement) => box.querySelector<HTMLInputElement>("input[name]");
const sortOf = (box: HTMLElement) => (box.dataset.date ?? "day") as Sort;
const two = (n: number) => String(n).padStart(2, "0");

function settle(box: HTMLElement | null): void {
  const input = box && inputOf(box);
  if (!box || !input) return;
  input.value = canonical(input.value);
  tell(box);
}

/** What was typed, in the one form that is kept; as it is where it is no date. */
export function canonical(typed: string): string {
  const text = typed.normalize("NFKC").trim();
  const match =
    /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2}))?)?)?$/.exec(text) ??
    /^(\d{4})(?:[-/.年 ]\s*(\d{1,2})(?:(?:[-/.月 ])\s*(\d{1,2})日?(?:[T ]\s*(\d{1,2})[:时](\d{2})分?)?)?)?[年月]?$/.exec(text);
  if (!match) return typed;
  const [year, month, day, hour, minute] = match.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  if (year === undefined || year < 1) return typed;
  if (month === undefined) return two(year).padStart(4, "0");
  const known = new Date(0);
  known.setUTCFullYear(year, month - 1, day ?? 1); // Date.UTC takes 26 for 1926: a slip of the finger would become a date of birth
  if (known.getUTCMonth() !== month - 1 || known.getUTCDate() !== (day ?? 1)) return typed;
  if (hour !== undefined && (hour > 23 || (minute ?? 0) > 59)) return typed;
  const date = day === undefined ? known.toISOString().slice(0, 7) : known.toISOString().slice(0, 10);
  return hour === undefined ? date : `${date} ${two(hour)}:${two(minute ?? 0)}`;
}

/** Says beside a field which day stands in it. */
function tell(box: HTMLElement): void {
  const said = box.querySelector("output");
  if (said) said.textContent = inWords(canonical(inputOf(box)?.value ?? ""));
}

function inWords(value: string): string {
  const match = /^(\d{4})-(\d{2})(?:-(\d{2}))?/.exec(value);
  if (!match) return "";
  const at = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3] ?? 1)));
  return written(at, match[3] ? { weekday: "short", year: "numeric", month: "short", day: "numeric" } : { year: "numeric", month: "long" });
}

function written(at: Date, how: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(document.documentElement.lang || "en", { ...how, timeZone: "UTC" }).format(at);
}

/** The hospital's today, which the page knows: a browser may stand in another zone. */
function today(): Date {
  const day = document.querySelector<HTMLMetaElement>('meta[name="today"]')?.content ?? new Date().toISOString().slice(0, 10);
  return new Date(`${day}T00:00:00Z`);
}

/** The calendar: one for the page, below the field that opened it. Arrows walk by days and weeks, page keys by months, with shift by years. */
class Calendar {
  private readonly root = element("div", "calendar");
  private box?: HTMLElement;
  private at = today(); // the day that the keys walk from

  constructor(private readonly words: DOMStringMap) {
    this.root.setAttribute("role", "dialog");
    this.root.setAttribute("aria-label", words.choose ?? "");
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusout", (event) => {
      if (event.relatedTarget instanceof Node && !this.holds(event.relatedTarget)) this.close(false);
    });
  }

  holds(node: Node): boolean {
    return this.root.contains(node) || (this.box?.contains(node) ?? false) || !node.isConnected;
  }

  toggle(box: HTMLElement): void {
    if (this.box === box) this.close(true);
    else this.open(box);
  }

  open(box: HTMLElement): void {
    this.close(false);
    this.box = box;
    const match = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(canonical(inputOf(box)?.value ?? ""));
    this.at = match ? new Date(Date.UTC(Number(match[1]), Number(match[2] ?? 1) - 1, Number(match[3] ?? 1))) : today();
    box.append(this.root);
    this.draw();
  }

  close(back: boolean): void {
    if (!this.box) return;
    const input = inputOf(this.box);
    this.root.remove();
    this.box.querySelector("button.date-open")?.setAttribute("aria-expanded", "false");
    this.box = undefined;
    if (back) input?.focus();
  }

  private draw(): void {
    const month = this.at.getUTCMonth();
    this.box?.querySelector("button.date-open")?.setAttribute("aria-expanded", "true");
    this.root.replaceChildren(this.head(), this.grid(month), this.foot());
    this.root.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }

  private head(): HTMLElement {
    const head = element("div", "months");
    const title = element("strong", "", written(this.at, { year: "numeric", month: "long" }));
    title.setAttribute("aria-live", "polite");
    head.append(this.step("«", this.words.yearBefore, () => this.byMonths(-12)), this.step("‹", this.words.monthBefore, () => this.byMonths(-1)), title,
      this.step("›", this.words.monthAfter, () => this.byMonths(1)), this.step("»", this.words.yearAfter, () => this.byMonths(12)));
    return head;
  }

  private step(sign: string, label: string | undefined, act: () => void): HTMLButtonElement {
    const button = element("button", "ghost", sign);
    button.type = "button";
    button.setAttribute("aria-label", label ?? "");
    button.addEventListener("click", act);
    return button;
  }

  /** The weeks of a month, from Monday. */
  private grid(month: number): HTMLElement {
    const table = element("table");
    table.setAttribute("role", "grid");
    const first = new Date(Date.UTC(this.at.getUTCFullYear(), month, 1));
    const start = plus(first, -((first.getUTCDay() + 6) % 7));
    const week = element("tr");
    for (let n = 0; n < 7; n++) {
      const name = element("th", "", written(plus(start, n), { weekday: "narrow" }));
      name.setAttribute("scope", "col");
      name.setAttribute("abbr", written(plus(start, n), { weekday: "long" }));
      week.append(name);
    }
    const body = element("tbody");
    for (let monday = start; monday.getUTCMonth() === month || monday < first; monday = plus(monday, 7)) {
      const row = element("tr");
      for (let n = 0; n < 7; n++) row.append(this.day(plus(monday, n), month));
      body.append(row);
    }
    const top = element("thead");
    top.append(week);
    table.append(top, body);
    return table;
  }

  private day(at: Date, month: number): HTMLElement {
    const cell = element("td");
    if (at.getUTCMonth() !== month) return cell;
    const button = element("button", "", String(at.getUTCDate()));
    button.type = "button";
    button.tabIndex = same(at, this.at) ? 0 : -1;
    button.setAttribute("aria-label", written(at, { weekday: "long", year: "numeric", month: "long", day: "numeric" }));
    if (same(at, today())) button.setAttribute("aria-current", "date");
    const value = canonical((this.box && inputOf(this.box)?.value) ?? "");
    cell.setAttribute("aria-selected", String(value.slice(0, 10) === iso(at)));
    button.addEventListener("click", () => this.choose(iso(at)));
    cell.append(button);
    return cell;
  }

  private foot(): HTMLElement {
    const foot = element("div", "offers");
    const offer = (label: string, value: string) => {
      const button = element("button", "link", label);
      button.type = "button";
      button.addEventListener("click", () => this.choose(value));
      foot.append(button);
    };
    offer(this.words.today ?? "", iso(today()));
    if (this.box && sortOf(this.box) === "date") {
      offer((this.words.only ?? "{when}").replace("{when}", written(this.at, { year: "numeric", month: "long" })), iso(this.at).slice(0, 7));
      offer((this.words.only ?? "{when}").replace("{when}", written(this.at, { year: "numeric" })), iso(this.at).slice(0, 4));
    }
    return foot;
  }

  /** A day that is chosen keeps the time of day that stands there; where one is wanted and none is, it is typed next. */
  private choose(date: string): void {
    const box = this.box;
    const input = box && inputOf(box);
    if (!box || !input) return;
    const clock = /(\d{2}:\d{2})$/.exec(canonical(input.value))?.[1];
    const timed = sortOf(box) === "datetime";
    input.value = timed ? `${date} ${clock ?? "08:00"}` : date;
    this.close(true);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    if (timed) input.setSelectionRange(date.length + 1, input.value.length);
  }

  private byMonths(n: number): void {
    const day = this.at.getUTCDate();
    const there = new Date(Date.UTC(this.at.getUTCFullYear(), this.at.getUTCMonth() + n, 1));
    const last = new Date(Date.UTC(there.getUTCFullYear(), there.getUTCMonth() + 1, 0)).getUTCDate();
    this.go(new Date(Date.UTC(there.getUTCFullYear(), there.getUTCMonth(), Math.min(day, last))));
  }

  private go(at: Date): void {
    if (at.getUTCFullYear() < 1 || at.getUTCFullYear() > 9999) return;
    this.at = at;
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const days: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    const weekday = (this.at.getUTCDay() + 6) % 7;
    if (event.key === "Escape") this.close(true);
    else if (event.key in days) this.go(plus(this.at, days[event.key] ?? 0));
    else if (event.key === "Home") this.go(plus(this.at, -weekday));
    else if (event.key === "End") this.go(plus(this.at, 6 - weekday));
    else if (event.key === "PageUp") this.byMonths(event.shiftKey ? -12 : -1);
    else if (event.key === "PageDown") this.byMonths(event.shiftKey ? 12 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const iso = (at: Date) => at.toISOString().slice(0, 10);
const same = (a: Date, b: Date) => iso(a) === iso(b);
const plus = (at: Date, days: number) => new Date(at.getTime() + days * 86_400_000);

function element<K extends keyof HTMLElementTagNameMap>(name: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text) e.textContent = text;
  return e;
}
