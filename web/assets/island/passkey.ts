// Passkeys. A button says where the ceremony begins and ends:
//   <button data-passkey="sign-in" data-begin="/…" data-finish="/…" data-next="/">
// begin answers the WebAuthn options as JSON, finish takes the credential as JSON and answers
// {"next": "/"} or nothing. Errors are said in the element named by data-error.
import { csrfHeaders } from "./csrf";

export function passkeys(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-passkey]")) {
    if (!window.PublicKeyCredential) continue; // the button stays hidden
    button.hidden = false;
    button.addEventListener("click", () => void run(button));
  }
}

async function run(button: HTMLButtonElement): Promise<void> {
  const place = document.getElementById(button.dataset.error ?? "");
  if (place) place.hidden = true;
  button.setAttribute("aria-busy", "true");
  try {
    const options = await post(button.dataset.begin ?? "", labelOf(button));
    const credential = button.dataset.passkey === "register" ? await create(options) : await get(options);
    if (!credential) throw new Error("no credential");
    const answer = await post(button.dataset.finish ?? "", encode(credential as PublicKeyCredential));
    location.assign(answer.next ?? button.dataset.next ?? "/");
  } catch (error) {
    const refused = error instanceof DOMException && error.name === "NotAllowedError";
    if (place) {
      const words = place.querySelector(".words") ?? place;
      words.textContent = (refused ? place.dataset.refused : place.dataset.failed) ?? "";
      place.hidden = false;
    }
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function labelOf(button: HTMLButtonElement): Record<string, string> {
  const input = document.getElementById(button.dataset.label ?? "");
  return input instanceof HTMLInputElement ? { name: input.value } : {};
}

async function post(url: string, body: unknown): Promise<any> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...csrfHeaders(), "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
}

function create(options: any): Promise<Credential | null> {
  const key = options.publicKey ?? options;
  return navigator.credentials.create({
    publicKey: {
      ...key,
      challenge: bytes(key.challenge),
      user: { ...key.user, id: bytes(key.user.id) },
      excludeCredentials: (key.excludeCredentials ?? []).map(withBytes),
    },
  });
}

function get(options: any): Promise<Credential | null> {
  const key = options.publicKey ?? options;
  return navigator.credentials.get({
    publicKey: { ...key, challenge: bytes(key.challenge), allowCredentials: (key.allowCredentials ?? []).map(withBytes) },
  });
}

function withBytes(descriptor: any): any {
  return { ...descriptor, id: bytes(descriptor.id) };
}

function encode(credential: PublicKeyCredential): unknown {
  const response = credential.response as any;
  const part = (name: string) => (response[name] ? text(response[name]) : undefined);
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: part("clientDataJSON"),
      attestationObject: part("attestationObject"),
      authenticatorData: part("authenticatorData"),
      signature: part("signature"),
      userHandle: part("userHandle"),
      transports: response.getTransports?.(),
    },
  };
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const plain = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
