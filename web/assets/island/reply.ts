// The page is a plain form without this. With it one question stands there at a time; each answer is kept in the browser at once and at the node as soon as there is a
// line; what was given on another device is there. Nothing of it stays in the browser once it was sent.
import { csrfHeaders } from "./csrf";

const keyOf = (token: string): string => `reply.${token}`;

export function replies(): void {
  const done = document.querySelector<HTMLElement>("[data-reply-done]");
  if (done) localStorage.removeItem(keyOf(done.dataset.replyDone ?? ""));
  const form = document.querySelector<HTMLFormElement>("form[data-reply]");
  if (form) new Reply(form);
}

class Reply {
  private questions: HTMLFieldSetElement[];
  private at = 0;
  private unsaved: Record<string, string>;
  private waiting = false;

  constructor(private form: HTMLFormElement) {
    this.questions = [...form.querySelectorAll<HTMLFieldSetElement>("[data-question]")];
    this.unsaved = JSON.parse(localStorage.getItem(this.key()) ?? "{}");
    for (const [name, value] of Object.entries(this.unsaved)) this.set(name, value);
    form.addEventListener("input", (e) => this.answered(e.target as HTMLInputElement));
    form.addEventListener("submit", (e) => this.send(e));
    this.button("back").addEventListener("click", () => this.turn(this.at - 1));
    this.button("next").addEventListener("click", () => this.turn(this.at + 1));
    addEventListener("online", () => void this.online());
    this.voices();
    const wrong = this.questions.findIndex((q) => q.querySelector(".wrong"));
    const open = this.questions.findIndex((q) => this.value(q) === "");
    this.turn(wrong >= 0 ? wrong : open < 0 ? this.questions.length - 1 : open, false);
    void this.save();
  }

  private key(): string { return keyOf(this.form.dataset.reply ?? ""); }
  private button(name: string): HTMLButtonElement { return this.form.querySelector<HTMLButtonElement>(`[data-${name}]`)!; }
  private tell(words?: string): void { this.form.querySelector<HTMLElement>("[data-state]")!.textContent = words ?? ""; }

  private value(q: HTMLFieldSetElement): string {
    const field = q.querySelector<HTMLInputElement | HTMLTextAreaElement>("textarea, input:not([type=radio]), input:checked");
    return field?.value ?? "";
  }

  private set(name: string, value: string): void {
    for (const field of this.form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(`[name="a.${CSS.escape(name)}"]`)) {
      if (field instanceof HTMLInputElement && field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
  }

  private turn(to: number, focus = true): void {
    this.at = Math.min(Math.max(to, 0), this.questions.length - 1);
    const last = this.at === this.questions.length - 1;
    this.questions.forEach((q, i) => { q.hidden = i !== this.at; });
    this.button("back").hidden = this.at === 0;
    this.button("next").hidden = last;
    this.button("send").hidden = !last;
    const progress = this.form.querySelector("progress");
    if (progress) { progress.hidden = false; progress.value = this.at + 1; }
    if (focus) this.questions[this.at].querySelector<HTMLElement>("legend")?.focus();
  }

  private answered(field: HTMLInputElement): void {
    const name = field.name.replace(/^a\./, "");
    this.unsaved[name] = field.value;
    localStorage.setItem(this.key(), JSON.stringify(this.unsaved));
    void this.save();
  }

  /** Keeps at the node what is not there yet, and takes from it what was answered on another device. */
  private async save(): Promise<boolean> {
    const sending = { ...this.unsaved };
    try {
      const answer = await fetch(this.form.dataset.save ?? "", { method: "POST", body: JSON.stringify(sending), headers: { ...csrfHeaders(), "Content-Type": "application/json" } });
      if (!answer.ok) return true; // withdrawn or answered meanwhile: sending tells
      for (const [name, value] of Object.entries(sending)) if (this.unsaved[name] === value) delete this.unsaved[name];
      localStorage.setItem(this.key(), JSON.stringify(this.unsaved));
      for (const [name, value] of Object.entries((await answer.json()) as Record<string, string>)) if (!(name in this.unsaved)) this.set(name, value);
      if (Object.keys(sending).length > 0) this.tell(this.form.dataset.saved);
      return true;
    } catch {
      this.tell(this.form.dataset.kept);
      return false;
    }
  }

  private send(e: SubmitEvent): void {
    if (navigator.onLine) return;
    e.preventDefault();
    this.waiting = true;
    this.tell(this.form.dataset.waits);
  }

  private async online(): Promise<void> {
    if ((await this.save()) && this.waiting) this.form.requestSubmit();
  }

  /** Offers to read a question aloud where the browser can speak. */
  private voices(): void {
    if (!("speechSynthesis" in window)) return;
    for (const q of this.questions) {
      const button = q.querySelector<HTMLButtonElement>("[data-speak]")!;
      button.hidden = false;
      button.addEventListener("click", () => {
        const words = [q.querySelector("legend")?.textContent, ...[...q.querySelectorAll(".ends span, .answers:not(.scale) label span")].map((s) => s.textContent)];
        const speech = new SpeechSynthesisUtterance(words.join(". "));
        speech.lang = document.documentElement.lang;
        speech.rate = 0.9;
        speechSynthesis.cancel();
        speechSynthesis.speak(speech);
      });
    }
  }
}
