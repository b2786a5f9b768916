// The phrases that the page gave in its reader's language. No text stands in the scripts.

let words: Record<string, string> = {};

export function read(root: HTMLElement): void {
  words = JSON.parse(root.dataset.words ?? "{}") as Record<string, string>;
}

/** A phrase with its parts filled in. */
export function say(key: string, parts: Record<string, string | number> = {}): string {
  return (words[key] ?? "").replace(/\{(\w+)\}/g, (_, name: string) => String(parts[name] ?? ""));
}

/** A number as people of the page's language write it. */
export function number(v: number, digits = 0): string {
  return new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v);
}
