// Gives Cornerstone the node's pixels. The node decodes every compression and settles sign and unused bits, so what comes are plain values; here they become the
// modality's (Hounsfield units for CT), in whole numbers where these are whole.
import { cache, imageLoader, metaData, utilities, type Types } from "@cornerstonejs/core";
import { sliceOf, type Slice } from "./data";
import { planeOf } from "./geometry";

type Values = Uint8Array | Int16Array | Uint16Array | Float32Array;

export function register(): void {
  imageLoader.registerImageLoader("node", (id: string) => ({ promise: image(id) }) as never);
  metaData.addProvider(provide, 1000);
  // Cornerstone keeps a promise of each image that nobody waits for. What failed is told by an event, and shown in the image's place.
  window.addEventListener("unhandledrejection", (e) => (e.reason instanceof Refused || e.reason instanceof Lost) && e.preventDefault());
}

const tries = 4;

async function fetched(slice: Slice): Promise<ArrayBuffer> {
  for (let n = 1; ; n++) {
    try {
      const answer = await fetch(slice.url);
      if (answer.ok) return await answer.arrayBuffer();
      if (answer.status < 500) throw new Refused(answer.headers.get("Content-Type")?.startsWith("text/plain") ? (await answer.text()).slice(0, 300) : "");
    } catch (e) {
      if (e instanceof Refused) throw e;
      if (n === tries) throw new Lost(String(e));
    }
    await new Promise((again) => setTimeout(again, 300 * n));
  }
}

/** The frame could not be fetched. */
class Lost extends Error {}

/** The node says why this frame cannot be shown, or only that it cannot. */
export class Refused extends Error {}

async function image(id: string): Promise<Types.IImage> {
  const slice = sliceOf(id);
  if (!slice) throw new Error(`no slice ${id}`);
  const raw = await fetched(slice);
  const { image, frame } = slice;
  const values = image.color ? new Uint8Array(raw) : scaled(raw, slice);
  const components = image.color ? 4 : 1;
  const [low, high] = image.color ? [0, 255] : range(values, padding(slice));
  const window = (frame.windows ?? image.windows)?.[0];
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({ width: image.columns, height: image.rows, numberOfComponents: components, scalarData: values, id } as never);
  const spacing = frame.spacing ?? [1, 1];
  return {
    imageId: id,
    minPixelValue: low,
    maxPixelValue: high,
    slope: 1,
    intercept: 0,
    windowCenter: image.color ? 127.5 : (window?.center ?? (low + high) / 2),
    windowWidth: image.color ? 255 : (window?.width ?? Math.max(1, high - low)),
    voiLUTFunction: functionOf(slice),
    rows: image.rows,
    columns: image.columns,
    height: image.rows,
    width: image.columns,
    color: image.color ?? false,
    rgba: image.color ?? false,
    numberOfComponents: components,
    rowPixelSpacing: spacing[0],
    columnPixelSpacing: spacing[1],
    invert: image.inverse ?? false,
    sizeInBytes: values.byteLength,
    dataType: values.constructor.name,
    getPixelData: () => voxelManager.getScalarData(),
    getCanvas: undefined,
    voxelManager,
    isPreScaled: true,
    preScale: { enabled: true, scaled: true, scalingParameters: { modality: slice.series.modality ?? "", rescaleSlope: frame.slope, rescaleIntercept: frame.intercept } },
    FrameOfReferenceUID: image.frameOf,
  } as unknown as Types.IImage;
}

/** Whole numbers of the modality that fit 16 bits for every image of the series, or else floating ones: an image's type must not depend on its content. */
function scaled(raw: ArrayBuffer, slice: Slice): Values {
  const { image, frame } = slice;
  const stored = image.bits > 8 ? (image.signed ? new Int16Array(raw) : new Uint16Array(raw)) : image.signed ? new Int8Array(raw) : new Uint8Array(raw);
  const { slope, intercept } = frame;
  const least = image.signed ? -(2 ** (image.bits - 1)) : 0;
  const most = image.signed ? 2 ** (image.bits - 1) - 1 : 2 ** image.bits - 1;
  const ends = [least * slope + intercept, most * slope + intercept];
  if (slope === 1 && intercept === 0 && stored instanceof Uint16Array) return stored;
  if (slope === 1 && intercept === 0 && stored instanceof Uint8Array) return stored;
  const whole = Number.isInteger(slope) && Number.isInteger(intercept) && Math.min(...ends) >= -32768 - 2048 && Math.max(...ends) <= 32767;
  const out = whole ? new Int16Array(stored.length) : new Float32Array(stored.length);
  for (let i = 0; i < stored.length; i++) {
    const v = (stored[i] as number) * slope + intercept;
    out[i] = whole && v < -32768 ? -32768 : v; // padding below what a scanner measures
  }
  return out;
}

/** How shades come from values within the window: linear, unless the image says otherwise. */
function functionOf(slice: Slice): string {
  const name = slice.image.function;
  return name === "SIGMOID" || name === "LINEAR_EXACT" ? name : "LINEAR";
}

/** The values of the modality which fill what is no part of the image. */
function padding({ image, frame }: Slice): [number, number] | undefined {
  const ends = image.padding?.map((v) => v * frame.slope + frame.intercept);
  return ends && [Math.min(...ends), Math.max(...ends)];
}

/** The least and the largest value of what is the image. */
function range(values: Values, filled: [number, number] | undefined): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (filled && v >= filled[0] && v <= filled[1]) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low > high ? [0, 0] : [low, high];
}

function provide(type: string, id: string): unknown {
  const slice = typeof id === "string" ? sliceOf(id) : undefined;
  if (!slice) return undefined;
  const { image, frame, series } = slice;
  switch (type) {
    case "imagePixelModule":
      return pixelModule(slice);
    case "imagePlaneModule":
      return planeModule(slice);
    case "generalSeriesModule":
      return { modality: series.modality ?? "OT", seriesInstanceUID: series.uid, studyInstanceUID: series.study.entry };
    case "voiLutModule":
      return voiModule(slice);
    case "modalityLutModule":
      return { rescaleSlope: frame.slope, rescaleIntercept: frame.intercept, rescaleType: series.modality === "CT" ? "HU" : "" };
    case "sopCommonModule":
      return { sopInstanceUID: slice.uid };
    case "generalImageModule":
      return { instanceNumber: slice.n };
  }
  return undefined;
}

function voiModule(slice: Slice): object {
  const windows = slice.frame.windows ?? slice.image.windows ?? [];
  return { windowCenter: windows.map((w) => w.center), windowWidth: windows.map((w) => w.width), voiLUTFunction: functionOf(slice) };
}

function pixelModule(slice: Slice): object {
  const { image } = slice;
  const bits = image.bits > 8 ? 16 : 8;
  return {
    samplesPerPixel: image.color ? 3 : 1,
    photometricInterpretation: image.color ? "RGB" : image.inverse ? "MONOCHROME1" : "MONOCHROME2",
    rows: image.rows,
    columns: image.columns,
    bitsAllocated: bits,
    bitsStored: image.bits,
    highBit: image.bits - 1,
    pixelRepresentation: image.signed ? 1 : 0,
  };
}

function planeModule(slice: Slice): object {
  const { image, frame } = slice;
  const p = planeOf(frame, slice.n);
  return {
    frameOfReferenceUID: image.frameOf ?? slice.series.uid,
    rows: image.rows,
    columns: image.columns,
    imageOrientationPatient: [...p.right, ...p.down],
    rowCosines: p.right,
    columnCosines: p.down,
    imagePositionPatient: p.origin,
    sliceThickness: frame.thickness,
    pixelSpacing: [p.step[1], p.step[0]],
    rowPixelSpacing: p.step[1],
    columnPixelSpacing: p.step[0],
    usingDefaultValues: !frame.spacing,
  };
}

/** Fetches slices in an order, a few at a time, and tells after each how many are here. Another call of the same queue ends this one. */
export class Prefetch {
  private turn = 0;

  async run(slices: Slice[], order: number[], told: (index: number) => void): Promise<void> {
    const turn = ++this.turn;
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < order.length && turn === this.turn) {
        const index = order[next++] as number;
        const slice = slices[index];
        if (!slice?.here) continue;
        try {
          if (!cache.getImageLoadObject(slice.id)) await imageLoader.loadAndCacheImage(slice.id);
          told(index);
        } catch {
          cache.getImageLoadObject(slice.id) && cache.removeImageLoadObject(slice.id);
        }
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
  }
}
