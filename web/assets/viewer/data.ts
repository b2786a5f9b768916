// What the node says of a case's studies, and the frames of a series in the order in which they are scrolled through.

import { volumeFault, type Fault, type Placed, type Region } from "./geometry";

export interface Frame extends Placed {
  thickness?: number;
  windows?: Preset[]; // where they are not the image's
  slope: number;
  intercept: number;
}

export interface Preset {
  center: number;
  width: number;
  name?: string;
}

export interface Image {
  rows: number;
  columns: number;
  color?: boolean;
  inverse?: boolean;
  bits: number;
  signed?: boolean;
  frameOf?: string;
  windows?: Preset[];
  function?: string; // of the window, where it is not linear (PS3.3 section C.11.2.1.3)
  padding?: number[]; // stored values from and to which are no part of the image
  regions?: Region[]; // of ultrasound
  calibration?: string; // what the spacing of a projection is true of
  frames: Frame[];
}

interface Instance {
  uid: string;
  class: string;
  pack: number;
  image?: Image;
}

export interface Series {
  uid: string;
  title: string; // how it was made, in words
  modality?: string;
  description?: string;
  part?: string; // of the body
  instances: Instance[];
  objects?: string[]; // instances that show something over images: see given.ts
  slices: Slice[];
  study: Study;
}

export interface Study {
  entry: string;
  uid: string;
  at?: string; // year, month and day, as far as they are known
  ticket: string;
  title: string;
  day: string;
  here: boolean[];
  series: Series[];
}

export interface Mark {
  sort: string;
  points: number[];
  value?: string;
  unit?: string;
  spread?: string;
  area?: string;
  scale?: string; // what a length is true of; empty: the patient
  grid?: number; // 2: points stand in the image's own pixels
}

/** A plane through the slices of a series, in the patient: hundredths of a millimeter and millionths. Its marks stand on it as on an image whose pixels are one millimeter. */
export interface KeyPlane {
  position: number[];
  orientation: number[];
  mip?: boolean; // the highest values of all planes beside it were looked at
  marks?: Mark[];
}

export interface Key {
  entry: string;
  instance: string;
  frame: number;
  window?: number[];
  marks?: Mark[];
  plane?: KeyPlane; // that was looked at, where it was none of the images
  hue: number;
  initials: string;
  who: string;
}

/** One frame of a series. Lengths are millimeters, directions and places the patient's: left, posterior, head. */
export interface Slice {
  id: string; // what Cornerstone calls it
  url: string;
  uid: string;
  class: string;
  n: number;
  image: Image;
  frame: Frame;
  series: Series;
  pack: number;
  here: boolean;
}

export interface Data {
  studies: Study[];
  keys: Key[];
}

const known = new Map<string, Slice>();

/** The slice that Cornerstone calls so. */
export function sliceOf(id: string): Slice | undefined {
  return known.get(id);
}

export async function load(base: string, src: string): Promise<Data> {
  const answer = await fetch(src, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const data = (await answer.json()) as Data;
  data.studies.forEach((study, s) => {
    study.series.forEach((series, k) => {
      series.study = study;
      series.slices = [];
      for (const i of series.instances) {
        i.image?.frames.forEach((frame, n) => {
          const slice: Slice = {
            id: `node:${s}/${k}/${series.slices.length}`,
            url: `${base}/${study.entry}/pixels/${i.uid}/${n}?t=${study.ticket}`,
            uid: i.uid,
            class: i.class,
            n,
            image: i.image as Image,
            frame,
            series,
            pack: i.pack,
            here: study.here[i.pack] ?? false,
          };
          series.slices.push(slice);
          known.set(slice.id, slice);
        });
      }
    });
  });
  return data;
}

/** Asks again which packs have come, while some are on their way. */
export async function arrived(data: Data, src: string): Promise<boolean> {
  if (data.studies.every((s) => s.here.every(Boolean))) return false;
  const answer = await fetch(src, { headers: { Accept: "application/json", "X-Live": "1" } });
  if (!answer.ok) return false;
  for (const fresh of ((await answer.json()) as Data).studies) {
    const study = data.studies.find((s) => s.entry === fresh.entry);
    if (!study) continue;
    study.here = fresh.here;
    for (const series of study.series) for (const slice of series.slices) slice.here = study.here[slice.pack] ?? false;
  }
  return true;
}

/** The frame of reference of a series: what shares it shares coordinates. */
export function frameOf(series: Series): string {
  return series.slices[0]?.image.frameOf ?? series.uid;
}

/** Where a plane stands. */
export function placedOf(p: KeyPlane): Placed {
  return { position: p.position.map((v) => v / 100), orientation: p.orientation.map((v) => v / 1e6), spacing: [1, 1] };
}

/** What keeps the slices from being a volume through which planes can be laid. */
export function faultOf(series: Series): Fault | undefined {
  return volumeFault(series.slices.map((s) => ({ rows: s.image.rows, columns: s.image.columns, color: s.image.color, frame: s.frame })));
}

/** Classes of projections, whose spacing may be that of the detector: CR, DX and its kin, XA, RF. */
const projections = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(1|1\.1(\..*)?|1\.2(\..*)?|1\.3(\..*)?|12\.1(\..*)?|12\.2(\..*)?)$/;

/** What lengths on a slice are true of: "" the patient, "pixels" nothing in millimeters, "detector" or how a projection was calibrated. */
export function scaleOf(slice: Slice): string {
  if (slice.image.regions) return ""; // a length within one of them is the patient's, and there is none elsewhere
  if (!slice.frame.spacing) return "pixels";
  return slice.image.calibration ?? (projections.test(slice.class) ? "detector" : "");
}

/** The order in which n neighbors around one are fetched: that one, then outwards. */
export function outwards(n: number, from: number): number[] {
  const order = [from];
  for (let d = 1; d < n; d++) {
    if (from - d >= 0) order.push(from - d);
    if (from + d < n) order.push(from + d);
  }
  return order;
}
