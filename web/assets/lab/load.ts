// Fetching files of many megabytes: what has come is counted, and a file that breaks off is an error, not half a bone.

export class Missing extends Error {}

/** The bytes of a file. `expected` is what the node said of its size, for the count before the first byte. */
export async function bytes(url: string, expected: number, got: (bytes: number, of: number) => void): Promise<ArrayBuffer> {
  const answer = await fetch(url).catch(() => {
    throw new Missing("offline");
  });
  if (!answer.ok || !answer.body) throw new Missing(String(answer.status));
  const packed = answer.headers.get("Content-Encoding");
  const length = Number(packed ? 0 : answer.headers.get("Content-Length")) || expected;
  let all = new Uint8Array(length || 1 << 20);
  let at = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Missing("offline");
    });
    if (done) break;
    if (at + value.length > all.length) all = larger(all, at + value.length);
    all.set(value, at);
    at += value.length;
    got(at, Math.max(length, at));
  }
  return at === all.length ? all.buffer : all.slice(0, at).buffer;
}

function larger(old: Uint8Array<ArrayBuffer>, least: number): Uint8Array<ArrayBuffer> {
  const fresh = new Uint8Array(Math.max(least, old.length * 2));
  fresh.set(old);
  return fresh;
}
