// Opens a <dialog> as a real modal. Without this island the link leads to the dialog by its
// fragment and the style sheet shows it.
export function dialogs(): void {
  // An opener is a link that says it is a button, and a button answers to Space too.
  document.addEventListener("keydown", (event) => {
    const at = event.target as HTMLElement;
    if (event.key !== " " || !at.matches('a[role="button"]')) return;
    event.preventDefault();
    at.click();
  });
  document.addEventListener("click", (event) => {
    const at = event.target as HTMLElement;
    const opener = at.closest<HTMLElement>("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog ?? "");
      if (dialog instanceof HTMLDialogElement) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const closer = at.closest<HTMLElement>("[data-close]");
    const dialog = closer?.closest("dialog");
    if (closer && dialog?.open) {
      event.preventDefault();
      dialog.close();
    }
  });
}
