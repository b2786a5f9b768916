// A long list of boxes is searched by typing: what does not hold the words is hidden, and what is ticked always stays in sight. Without this island the list is whole.

export function search(): void {
  for (const list of document.querySelectorAll<HTMLElement>("[data-search]")) filter(list);
}

function filter(list: HTMLElement): void {
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = list.dataset.search ?? "";
  input.setAttribute("aria-label", list.dataset.search ?? "");
  input.addEventListener("input", (event) => {
    event.stopPropagation(); // what is searched for is no answer
    const words = fold(input.value).split(" ").filter((word) => word !== "");
    for (const label of list.querySelectorAll<HTMLLabelElement>("label.choice")) {
      const ticked = label.querySelector<HTMLInputElement>("input")?.checked ?? false;
      const text = fold(label.textContent ?? "");
      label.hidden = !ticked && !words.every((word) => text.includes(word));
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it looks, and sends nothing
  });
  list.before(input);
}

/** Text as it is searched: small letters, one space, no accents. */
function fold(text: string): string {
  return text.toLowerCase().normalize("NFKD").replace(/\p{Mn}/gu, "").replace(/\s+/gu, " ");
}
