// Rows that are ticked for one step: how many are is said, a step waits until some are, and one tick takes all rows. Without this island every step can be pressed,
// and the node says that nothing was ticked.

export function picks(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-picks]")) picking(form);
}

function picking(form: HTMLFormElement): void {
  const rows = [...form.querySelectorAll<HTMLInputElement>('input[name="pick"]')];
  const all = form.querySelector<HTMLInputElement>(".pick-all input");
  const said = form.querySelector<HTMLElement>(".picked");
  const count = () => {
    const n = rows.filter((row) => row.checked).length;
    for (const button of form.querySelectorAll<HTMLButtonElement>('button[name="step"]')) button.disabled = n === 0;
    if (said) said.textContent = n === 0 ? (said.dataset.none ?? "") : (form.dataset.picks ?? "{n}").replace("{n}", String(n));
    if (!all) return;
    all.checked = n === rows.length;
    all.indeterminate = n > 0 && n < rows.length;
  };
  all?.addEventListener("change", () => {
    for (const row of rows) row.checked = all.checked;
    count();
  });
  if (all && rows.length > 1) all.closest<HTMLElement>(".pick-all")!.hidden = false;
  form.addEventListener("change", count);
  window.addEventListener("pageshow", count);
  count();
}
