// What another hospital said appears without a reload. On an event the page is fetched again and
// its parts marked data-live-part are exchanged, except a part in which somebody is typing: that
// one waits behind a pill. What is being read stays where it is on the screen.
const patience = 6_000; // ms without a line before the page says so

export function live(): void {
  const url = document.body.dataset.live;
  offline();
  if (!url || !("EventSource" in window)) return;
  let source = listen(url);
  // A browser opens few connections to one node: a page that nobody looks at gives its own back,
  // and is told what it missed when it listens again: the address holds the mark that the page was drawn at.
  document.addEventListener("visibilitychange", () => {
    source.close();
    if (document.visibilityState === "hidden") return;
    source = listen(url);
  });
  window.addEventListener("pagehide", () => source.close());
}

function listen(url: string): EventSource {
  let timer = 0;
  const source = new EventSource(url);
  source.addEventListener("open", () => {
    window.clearTimeout(timer);
    timer = 0;
    shout(false);
  });
  source.addEventListener("error", () => {
    timer ||= window.setTimeout(() => {
      if (document.visibilityState === "visible") shout(true);
    }, patience);
  });
  source.addEventListener("thread", () => queue());
  return source;
}

function offline(): void {
  window.addEventListener("offline", () => shout(true));
  window.addEventListener("online", () => shout(false));
  if (!navigator.onLine) shout(true);
}

function shout(lost: boolean): void {
  const banner = document.getElementById("offline");
  if (banner) banner.hidden = !lost;
}

let busy = false;
let more = false;

/** Many events at once lead to one more fetch, not to many. */
function queue(): void {
  if (!document.querySelector("[data-live-part]")) return; // nothing here would be exchanged, and each asking is a reading
  if (busy) {
    more = true;
    return;
  }
  busy = true;
  void refresh().finally(() => {
    busy = false;
    if (more) {
      more = false;
      queue();
    }
  });
}

async function refresh(): Promise<void> {
  let text: string;
  try {
    const answer = await fetch(document.body.dataset.page || location.href, { headers: { "X-Live": "1" } });
    if (!answer.ok || answer.redirected) return;
    text = await answer.text();
  } catch {
    return; // the banner tells of a lost line
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll<HTMLElement>("[data-live-part]")) {
    const name = part.dataset.livePart ?? "";
    const next = fresh.querySelector<HTMLElement>(`[data-live-part="${CSS.escape(name)}"]`);
    if (!next || next.innerHTML === part.innerHTML) continue;
    if (inUse(part)) pill(() => exchange(part, next));
    else exchange(part, next);
  }
}

/** Someone is typing in it, or has typed and not sent. */
function inUse(part: HTMLElement): boolean {
  const at = document.activeElement;
  if (at && part.contains(at) && at.matches("input, select, textarea, [contenteditable]")) return true;
  if (part.querySelector("dialog[open]")) return true;
  for (const input of part.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")) {
    if (input.type === "radio" || input.type === "checkbox") {
      if ((input as HTMLInputElement).checked !== (input as HTMLInputElement).defaultChecked) return true;
    } else if (input.value !== input.defaultValue) return true;
  }
  return false;
}

function exchange(part: HTMLElement, next: HTMLElement): void {
  const known = new Set([...part.querySelectorAll("[id]")].map((e) => e.id));
  const folded = new Set([...part.querySelectorAll<HTMLElement>("details[open][id]")].map((e) => e.id));
  const focus = part.contains(document.activeElement) ? document.activeElement?.id : "";
  const anchor = firstVisible(part);
  const top = anchor?.getBoundingClientRect().top ?? 0;

  part.replaceChildren(...document.adoptNode(next).childNodes);

  for (const id of folded) (document.getElementById(id) as HTMLDetailsElement | null)?.setAttribute("open", "");
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  const again = anchor && document.getElementById(anchor.id);
  if (again) window.scrollBy({ top: again.getBoundingClientRect().top - top, behavior: "instant" });

  const arrived = [...part.querySelectorAll<HTMLElement>("li[id]")].filter((e) => !known.has(e.id));
  for (const entry of arrived) entry.classList.add("is-new");
  const first = arrived[0];
  if (first && !onScreen(first)) pill(() => first.scrollIntoView({ block: "center" }));
}

function firstVisible(part: HTMLElement): HTMLElement | undefined {
  if (window.scrollY < 40) return undefined; // at the top one wants to see what arrives
  return [...part.querySelectorAll<HTMLElement>("[id]")].find((e) => e.getBoundingClientRect().bottom > 80);
}

function onScreen(e: HTMLElement): boolean {
  const box = e.getBoundingClientRect();
  return box.bottom > 60 && box.top < window.innerHeight;
}

function pill(then: () => void): void {
  const button = document.getElementById("news") as HTMLButtonElement | null;
  if (!button) return then();
  button.hidden = false;
  button.onclick = () => {
    button.hidden = true;
    then();
  };
}
