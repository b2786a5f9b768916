// Loaded by the pages that show an ID or a secret once: a button copies what stands in the element that it names.
//   <button data-copy="own-id" data-done="Copied" hidden><span class="words">Copy</span></button>
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  if (!navigator.clipboard) continue; // not over plain HTTP; the text can still be selected
  button.hidden = false;
  button.addEventListener("click", () => void copy(button));
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const text = document.getElementById(button.dataset.copy ?? "")?.textContent?.trim() ?? "";
  const words = button.querySelector(".words");
  await navigator.clipboard.writeText(text);
  if (!words) return;
  const before = words.textContent;
  words.textContent = button.dataset.done ?? before;
  window.setTimeout(() => (words.textContent = before), 2_000);
}

export {};
