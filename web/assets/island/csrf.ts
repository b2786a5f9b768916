// The token that every changing request carries; the page holds it in <meta name="csrf-token">.
export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

export function csrfHeaders(): Record<string, string> {
  return { "X-CSRF-Token": csrfToken() };
}

/** The token of the session that is on now, for a page that was open while another ended. */
export function setCsrf(token: string): void {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  if (meta) meta.content = token;
  for (const input of document.querySelectorAll<HTMLInputElement>('input[name="csrf_token"]')) input.value = token;
}
