// The token that every changing request carries; the page holds it in <meta name="csrf-token">.
export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

export function csrfHeaders(): Record<string, string> {
  return { "X-CSRF-Token": csrfToken() };
}
