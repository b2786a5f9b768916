// Nothing typed is lost, nothing sent comes back. A draft belongs to one person, one case, one form and one line: one tab's filling in of it. Its words are
// kept in this browser at each key and at the node soon after; the address names the line, so that a reload, another language, a sign-in or the back
// button lead to the same words at the same field. The node takes words only where they go on from its own (a version is compared). A line ends when the
// node has said which entry it led to; then the words here go too, and never come back. The node fills a form with its draft when it renders the page; a
// copy in this browser is newer and goes on top.
import { csrfHeaders, setCsrf } from "./csrf";

const wait = 700; // ms of quiet before a change is sent
const again = 15_000; // ms between tries while the node does not answer

type Fields = [name: string, value: string][];

/** What of a line is only in this browser. */
interface Copy {
  url: string; // where the node keeps it
  line: string;
  here: string; // the form's address with the line in it
  version: number; // of the node, that the words go on from
  fields: Fields;
  focus: string;
  at: number;
  sent?: boolean; // the form was sent, and the node has not said yet what became of it
}

/** The node's word on a line. */
interface Word {
  status: number; // 200 kept, 409 newer words are there, 410 ended, 0 no answer
  version: number;
  entry?: string;
  at?: string;
  fields?: Record<string, string[]>;
}

export function drafts(): void {
  const owner = document.querySelector<HTMLMetaElement>('meta[name="person"]')?.content ?? "";
  const open = [...document.querySelectorAll<HTMLFormElement>("form[data-draft]")].map((form) => new Draft(form));
  for (const draft of open) draft.start();
  if (owner) void deliver(owner, new Set(open.map((draft) => draft.line)));
}

/** Copies that an earlier page left behind are brought to the node, or dropped where it says that their line has ended. */
async function deliver(owner: string, here: Set<string>): Promise<void> {
  for (const key of Object.keys(localStorage)) {
    const copy = key.startsWith(`draft:${owner}:`) ? parse(localStorage.getItem(key)) : undefined;
    if (!copy) continue;
    if (here.has(copy.line)) continue;
    if (await elsewhere(copy.line)) continue; // the tab that has it open sees to it
    const word = copy.sent ? await ask(copy) : await post(copy);
    const same = word.status === 409 && copy.fields.every(([name, value]) => word.fields?.[name]?.includes(value));
    if (word.status === 410 || (word.status === 200 && !copy.sent) || same) localStorage.removeItem(key);
    else if (word.status === 200) await settle(key, { ...copy, version: word.version });
    else if (word.status === 409) await settle(key, { ...copy, line: newLine(), version: 0 });
  }
}

/** Sent but never taken, or written over from elsewhere: the words become a draft again. */
async function settle(key: string, copy: Copy): Promise<void> {
  if ((await post(copy)).status === 200) localStorage.removeItem(key);
}

/** Tabs of one browser tell each other which line each has open. */
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("consilium-drafts") : undefined;

function elsewhere(line: string): Promise<boolean> {
  if (!tabs) return Promise.resolve(false);
  return new Promise((answer) => {
    const listen = (event: MessageEvent) => {
      if (event.data?.mine === line) done(true);
    };
    const done = (yes: boolean) => {
      tabs.removeEventListener("message", listen);
      window.clearTimeout(late);
      answer(yes);
    };
    const late = window.setTimeout(() => done(false), 250);
    tabs.addEventListener("message", listen);
    tabs.postMessage({ whose: line });
  });
}

class Draft {
  line: string;
  private timer = 0;
  private sending = false;
  private over = false; // sent or ended: nothing more is kept
  private version: number;
  private focus = ""; // the field that the cursor was in last
  private kept = ""; // the words that the node has
  private readonly url: string;
  private readonly owner: string;
  private readonly tab = newLine();

  constructor(private readonly form: HTMLFormElement) {
    this.url = form.dataset.draft ?? "";
    this.owner = form.dataset.draftOwner ?? "";
    this.line = form.dataset.draftLine ?? "";
    this.version = Number(form.dataset.draftVersion ?? 0);
  }

  start(): void {
    const posted = "draftPosted" in this.form.dataset; // the page answers a form that had a fault: its words are the newest
    history.replaceState(history.state, "", this.here);
    const begun = this.words();
    this.focus = this.form.dataset.draftFocus ?? "";
    this.kept = this.version > 0 && !posted ? begun : "";
    const copy = parse(localStorage.getItem(this.key));
    if (posted) {
      this.store(false);
      this.later(0);
    } else if (copy?.sent) void this.cameBack(copy);
    else if (copy) this.restore(copy);
    else if (this.focus) focusOn(this.form, this.focus);
    if (this.version > 0 || copy) this.showDiscard();
    const changed = () => {
      if (this.over || this.words() === begun) return;
      this.store(false);
      this.show("changed");
      this.showDiscard();
      this.later(wait);
    };
    this.form.addEventListener("input", changed);
    this.form.addEventListener("change", changed);
    this.form.addEventListener("focusin", (event) => (this.focus = (event.target as HTMLElement).getAttribute("name") ?? this.focus));
    this.form.addEventListener("submit", (event) => this.submit(event));
    window.addEventListener("online", () => this.unsaved() && void this.save());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.unsaved() && void this.save());
    window.addEventListener("pageshow", (event) => event.persisted && void this.again());
    document.getElementById("discard-draft")?.addEventListener("submit", () => this.end());
    this.form.querySelector<HTMLElement>(".discard")?.addEventListener("click", askTwice);
    for (const offer of document.querySelectorAll<HTMLElement>(".draft-offer form")) {
      offer.addEventListener("submit", () => localStorage.removeItem(this.keyOf(offer.closest<HTMLElement>("[data-line]")?.dataset.line ?? "")));
    }
    this.meetTabs();
  }

  private get key(): string {
    return this.keyOf(this.line);
  }

  private keyOf(line: string): string {
    return `draft:${this.owner}:${line}`;
  }

  private get here(): string {
    const here = new URL(this.form.dataset.draftHere ?? location.href, location.href);
    here.searchParams.set("draft", this.line);
    return here.pathname + here.search + location.hash;
  }

  private unsaved(): boolean {
    return !this.over && localStorage.getItem(this.key) !== null;
  }

  /** One press sends a form; a second one waits for the answer to the first. */
  private submit(event: SubmitEvent): void {
    if (this.over) {
      event.preventDefault();
      return;
    }
    window.clearTimeout(this.timer);
    this.store(true);
    this.over = true;
    window.setTimeout(() => void this.again(), again); // no page came: the words are still here
  }

  /** The page is there again after it was sent: by "back", or because the line broke. */
  private async again(): Promise<void> {
    const copy = parse(localStorage.getItem(this.key));
    if (copy) await this.cameBack(copy);
  }

  private async cameBack(copy: Copy): Promise<void> {
    const word = await ask(copy);
    if (word.status === 410) {
      this.ended(word);
      return;
    }
    this.over = false;
    this.version = word.status === 200 ? word.version : copy.version;
    this.restore({ ...copy, version: this.version });
  }

  /** The node has said what the line led to: no word of it stays here. */
  private ended(word: Word): void {
    this.end();
    this.form.reset();
    const note = this.note("sent");
    const link = note?.querySelector("a");
    if (link && word.at) link.href = word.at;
    if (note && word.entry) note.hidden = false;
  }

  private end(): void {
    this.over = true;
    window.clearTimeout(this.timer);
    localStorage.removeItem(this.key);
  }

  private restore(copy: Copy): void {
    this.version = Math.max(this.version, copy.version);
    this.focus = copy.focus;
    this.fill(copy.fields);
    this.store(false);
    if (copy.focus) focusOn(this.form, copy.focus);
    void this.save();
  }

  private later(ms: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), ms);
  }

  private fields(): Fields {
    const out: Fields = [];
    for (const [name, value] of new FormData(this.form)) {
      const input = this.form.elements.namedItem(name);
      const secret = input instanceof HTMLInputElement && input.type === "password";
      if (typeof value === "string" && !secret && !["csrf_token", "_draft", "_here"].includes(name)) out.push([name, value]);
    }
    return out;
  }

  private words(): string {
    return JSON.stringify(this.fields());
  }

  private copy(): Copy {
    return { url: this.url, line: this.line, here: this.here, version: this.version, fields: this.fields(), focus: this.focus, at: Date.now() };
  }

  private store(sent: boolean): void {
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...this.copy(), sent }));
    } catch {
      this.show("changed"); // storage full or forbidden: the words are still in the form
    }
  }

  private async save(): Promise<void> {
    if (this.sending || this.over) return;
    const copy = this.copy();
    const words = JSON.stringify(copy.fields);
    if (words === this.kept) {
      localStorage.removeItem(this.key);
      this.show("saved");
      return;
    }
    this.sending = true;
    this.show("saving");
    const word = await post(copy);
    this.sending = false;
    if (this.over) return; // sent meanwhile: the answer to the form is the one that counts
    this.hear(word, words);
    if (word.status === 200 && this.words() !== words) this.later(wait);
  }

  private hear(word: Word, words: string): void {
    this.note("expired", word.status === 401);
    switch (word.status) {
      case 200:
        this.version = word.version;
        this.kept = words;
        if (this.words() === words) localStorage.removeItem(this.key);
        this.show("saved");
        return;
      case 409:
        if (word.fields?._tab?.[0] === tabId()) {
          this.version = word.version; // an earlier page of this tab wrote them, on its way out
          this.later(0);
        } else this.fork("forked");
        return;
      case 410:
        this.ended(word);
        return;
    }
    this.show("local");
    if (word.status !== 401) this.later(again);
  }

  /** These words go on as a draft of their own. */
  private fork(why: "also" | "forked"): void {
    const before = this.key;
    this.line = newLine();
    this.version = 0;
    this.kept = "";
    const input = this.form.elements.namedItem("_draft");
    if (input instanceof HTMLInputElement) input.value = this.line;
    const discard = document.querySelector<HTMLInputElement>('#discard-draft [name="line"]');
    if (discard) discard.value = this.line;
    for (const back of document.querySelectorAll<HTMLInputElement>('input[name="back"], input[name="_here"]')) back.value = this.here;
    history.replaceState(history.state, "", this.here);
    if (why === "forked") localStorage.removeItem(before);
    this.note(why, true);
    if (why === "forked") {
      this.store(false);
      this.later(0);
    }
  }

  /** Two tabs with the same form are told of each other; two with the same line become two lines. */
  private meetTabs(): void {
    const hello = (kind: string) => tabs?.postMessage({ kind, form: this.url, line: this.line, tab: this.tab, owner: this.owner });
    tabs?.addEventListener("message", (event: MessageEvent) => {
      const m = event.data;
      if (m?.whose === this.line && !this.over) tabs.postMessage({ mine: this.line });
      if (m?.form !== this.url || m?.tab === this.tab || m?.owner !== this.owner || this.over) return;
      this.note("also", m.kind !== "bye");
      if (m.kind === "hello") hello("here");
      if (m.kind === "here" && m.line === this.line) this.fork("also");
    });
    hello("hello");
    window.addEventListener("pagehide", () => hello("bye"));
  }

  private note(which: string, show?: boolean): HTMLElement | null {
    const note = document.querySelector<HTMLElement>(`[data-draft-note="${which}"]`);
    if (note && show !== undefined) note.hidden = !show;
    if (note && which === "expired") {
      const link = note.querySelector("a");
      if (link) link.href = `/sign-in?to=${encodeURIComponent(this.here)}`;
    }
    return note;
  }

  private fill(fields: Fields): void {
    const names = grouped(fields);
    for (const input of this.form.elements) {
      if (input instanceof HTMLInputElement) {
        if (["hidden", "file", "password"].includes(input.type)) continue;
        const values = names[input.name];
        if (input.type === "radio" || input.type === "checkbox") input.checked = values?.includes(input.value) ?? false;
        else if (values) input.value = values.shift() ?? "";
      } else if (input instanceof HTMLTextAreaElement || input instanceof HTMLSelectElement) {
        const values = names[input.name];
        if (values?.length) input.value = values[0] ?? "";
      }
    }
    this.form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private showDiscard(): void {
    const button = this.form.querySelector<HTMLElement>(".discard");
    if (button) button.hidden = false;
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

function focusOn(form: HTMLFormElement, name: string): void {
  const at = form.elements.namedItem(name);
  const field = at instanceof RadioNodeList ? (([...at].find((e) => (e as HTMLInputElement).checked) ?? at[0]) as HTMLElement) : at;
  if (!(field instanceof HTMLElement)) return;
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
  if (field instanceof HTMLTextAreaElement) field.setSelectionRange(field.value.length, field.value.length);
}

function grouped(fields: Fields): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  for (const [name, value] of fields) (names[name] ??= []).push(value);
  return names;
}

/** This tab, across its pages. */
function tabId(): string {
  let id = sessionStorage.getItem("tab");
  if (!id) sessionStorage.setItem("tab", (id = newLine()));
  return id;
}

function newLine(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(36).padStart(2, "0")).join("");
}

/** Brings a copy to the node. A token of an earlier session is exchanged once. */
async function post(copy: Copy, twice = false): Promise<Word> {
  const body = new URLSearchParams(copy.fields);
  for (const [name, value] of Object.entries({ _draft: copy.line, _here: copy.here, _version: String(copy.version), _focus: copy.focus, _tab: tabId() })) body.append(name, value);
  const word = await speak(copy.url, { method: "POST", body, keepalive: body.toString().length < 60_000 });
  if (word.status !== 403 || twice) return word;
  await ask(copy); // brings the token of the session that is on
  return post(copy, true);
}

function ask(copy: Copy): Promise<Word> {
  return speak(`${copy.url}/${copy.line}`, {});
}

async function speak(url: string, what: RequestInit): Promise<Word> {
  try {
    const answer = await fetch(url, { ...what, headers: { ...csrfHeaders(), Accept: "application/json" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") return { status: 401, version: 0 }; // to the sign-in page
    const says = (await answer.json()) as Partial<Word> & { csrf?: string };
    if (says.csrf) setCsrf(says.csrf);
    return { version: 0, ...says, status: answer.status };
  } catch {
    return { status: 0, version: 0 };
  }
}

function parse(text: string | null): Copy | undefined {
  if (!text) return undefined;
  try {
    const copy = JSON.parse(text) as Copy;
    return Array.isArray(copy.fields) && copy.line ? copy : undefined;
  } catch {
    return undefined;
  }
}

/** What was typed goes only at the second press: the first asks, beside the button that signs. Looking away takes the question back. */
function askTwice(event: Event): void {
  const button = event.currentTarget as HTMLButtonElement;
  const sure = button.dataset.sure;
  if (!sure || button.dataset.asked) return;
  event.preventDefault();
  const words = button.textContent;
  button.dataset.asked = "true";
  button.textContent = sure;
  const back = () => {
    delete button.dataset.asked;
    button.textContent = words;
  };
  button.addEventListener("blur", back, { once: true });
}
