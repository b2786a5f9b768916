// Light, dark, or what the system says: shown at once, told to the node in the background.
// Without this island the same form posts and the page comes back in the chosen theme.
export function theme(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("form[data-theme-form]")) return;
    const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
    if (!button) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    body.set(button.name, button.value);
    show(form, button);
    void fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {
      // The choice holds on this page; it is asked for again on the next one.
    });
  });
}

function show(form: HTMLFormElement, chosen: HTMLButtonElement): void {
  const root = document.documentElement;
  if (chosen.value === "light" || chosen.value === "dark") root.dataset.theme = chosen.value;
  else delete root.dataset.theme;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === chosen));
  }
}
