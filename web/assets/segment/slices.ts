// Slices of the scan and of the segmentation as they come from the node. Of many that are asked for some stay in memory.
import { axes, type Given, type Layout } from "./grid";

const kept = 48;

export interface Slice {
  picture: ImageBitmap;
  mask: Uint8Array; // 1 where a pixel belongs
}

export class Slices {
  private readonly known = new Map<string, Promise<unknown>>();

  constructor(private readonly given: Given) {}

  async get(layout: Layout, soft: boolean): Promise<Slice> {
    const where = `&axis=${axes[layout.axis]}&index=${layout.at}`;
    const [picture, mask] = await Promise.all([this.once(this.given.slice + where + (soft ? "&window=soft" : ""), bitmap), this.once(this.given.mask + where, belongs)]);
    return { picture, mask };
  }

  private once<T>(url: string, load: (url: string) => Promise<T>): Promise<T> {
    const there = this.known.get(url) as Promise<T> | undefined;
    if (there) return there;
    const coming = load(url);
    this.known.set(url, coming);
    coming.catch(() => this.known.delete(url));
    for (const old of this.known.keys()) {
      if (this.known.size <= kept) break;
      this.known.delete(old);
    }
    return coming;
  }
}

async function bitmap(url: string): Promise<ImageBitmap> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(String(answer.status));
  return createImageBitmap(await answer.blob());
}

async function belongs(url: string): Promise<Uint8Array> {
  const picture = await bitmap(url);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const c = canvas.getContext("2d", { willReadFrequently: true });
  if (!c) throw new Error("no canvas");
  c.drawImage(picture, 0, 0);
  const { data } = c.getImageData(0, 0, picture.width, picture.height);
  return Uint8Array.from({ length: picture.width * picture.height }, (_, i) => ((data[4 * i] ?? 0) > 127 ? 1 : 0));
}
