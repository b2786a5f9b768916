// Nothing typed is lost. Every form[data-draft] sends its fields to the node shortly after each
// change. While the node cannot be reached (or the session has ended) they are kept in this browser
// under the person's id, and sent as soon as it answers again. The node fills a form with its draft
// when it renders the page; a copy in the browser is newer and goes on top.
import { csrfHeaders } from "./csrf";

const wait = 700; // ms of quiet before a change is sent
const again = 15_000; // ms between tries while the node does not answer

type Fields = [name: string, value: string][];
interface Copy {
  fields: Fields;
  at: number;
  submitted?: boolean;
}

export function drafts(): void {
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[data-draft]")];
  dropSubmitted();
  for (const form of forms) new Draft(form).start();
}

/** A submitted form came back from the node with a page: its copy has served. After a failed
 *  connection one returns by "back", and then the copy is still needed. */
function dropSubmitted(): void {
  const entry = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  if (entry?.type === "back_forward") return;
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith("draft:")) continue;
    if (parse(localStorage.getItem(key))?.submitted) localStorage.removeItem(key);
  }
}

class Draft {
  private timer = 0;
  private sent = "";
  private sending = false;
  private readonly key: string;
  private readonly url: string;

  constructor(private readonly form: HTMLFormElement) {
    this.url = form.dataset.draft ?? "";
    this.key = `draft:${form.dataset.draftOwner ?? ""}:${this.url}`;
  }

  start(): void {
    this.sent = JSON.stringify(this.fields());
    const copy = parse(localStorage.getItem(this.key));
    if (copy) {
      this.fill(copy.fields);
      void this.save();
    }
    const later = () => {
      this.show("changed");
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.save(), wait);
    };
    this.form.addEventListener("input", later);
    this.form.addEventListener("change", later);
    this.form.addEventListener("submit", () => {
      window.clearTimeout(this.timer);
      this.keep(true);
    });
    window.addEventListener("online", () => void this.save());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") void this.save();
    });
  }

  private fields(): Fields {
    const out: Fields = [];
    for (const [name, value] of new FormData(this.form)) {
      const input = this.form.elements.namedItem(name);
      const secret = input instanceof HTMLInputElement && (input.type === "password" || name === "csrf");
      if (typeof value === "string" && !secret && name !== "csrf_token") out.push([name, value]);
    }
    return out;
  }

  private async save(): Promise<void> {
    const fields = this.fields();
    const now = JSON.stringify(fields);
    if (this.sending) return;
    if (now === this.sent && !localStorage.getItem(this.key)) {
      if (this.form.querySelector('.saved[data-state="changed"]')) this.show("saved");
      return;
    }
    this.sending = true;
    this.show("saving");
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { ...csrfHeaders(), Accept: "application/json" },
        redirect: "error",
        keepalive: now.length < 60_000,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      this.sent = now;
      localStorage.removeItem(this.key);
      this.show("saved");
    } catch {
      this.keep(false);
      this.show("local");
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.save(), again);
    } finally {
      this.sending = false;
    }
    if (JSON.stringify(this.fields()) !== now) {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.save(), wait);
    }
  }

  private keep(submitted: boolean): void {
    const copy: Copy = { fields: this.fields(), at: Date.now(), submitted };
    try {
      localStorage.setItem(this.key, JSON.stringify(copy));
    } catch {
      this.show("changed"); // storage full or forbidden: the words are still in the form
    }
  }

  private fill(fields: Fields): void {
    const names = new Map<string, string[]>();
    for (const [name, value] of fields) names.set(name, [...(names.get(name) ?? []), value]);
    for (const input of this.form.elements) {
      if (input instanceof HTMLInputElement) {
        if (input.type === "hidden" || input.type === "file" || input.type === "password") continue;
        const values = names.get(input.name);
        if (input.type === "radio" || input.type === "checkbox") input.checked = values?.includes(input.value) ?? false;
        else if (values) input.value = values.shift() ?? "";
      } else if (input instanceof HTMLTextAreaElement || input instanceof HTMLSelectElement) {
        const values = names.get(input.name);
        if (values?.length) input.value = values[0] ?? "";
      }
    }
    this.form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private show(state: "changed" | "saving" | "saved" | "local"): void {
    const place = this.form.querySelector<HTMLElement>(".saved");
    if (!place) return;
    place.dataset.state = state;
    const words = place.querySelector(".words");
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }).format(new Date());
    if (words) words.textContent = (place.dataset[state] ?? "").replace("{time}", time);
  }
}

function parse(text: string | null): Copy | undefined {
  if (!text) return undefined;
  try {
    const copy = JSON.parse(text) as Copy;
    return Array.isArray(copy.fields) ? copy : undefined;
  } catch {
    return undefined;
  }
}
