// What the node says of a case's studies, and the frames of a series in the order in which they are scrolled through.

export interface Frame {
  position?: number[];
  orientation?: number[];
  spacing?: number[];
  thickness?: number;
  slope: number;
  intercept: number;
}

export interface Image {
  rows: number;
  columns: number;
  color?: boolean;
  inverse?: boolean;
  bits: number;
  signed?: boolean;
  frameOf?: string;
  windows?: { center: number; width: number; name?: string }[];
  frames: Frame[];
}

interface Instance {
  uid: string;
  pack: number;
  image?: Image;
}

export interface Series {
  uid: string;
  modality?: string;
  description?: string;
  instances: Instance[];
  slices: Slice[];
  study: Study;
}

export interface Study {
  entry: string;
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
}

export interface Key {
  entry: string;
  instance: string;
  frame: number;
  window?: number[];
  marks?: Mark[];
  hue: number;
  initials: string;
  who: string;
}

/** One frame of a series. Lengths are millimeters, directions and places the patient's: left, posterior, head. */
export interface Slice {
  id: string; // what Cornerstone calls it
  url: string;
  uid: string;
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

/** Whether the slices are parallel, equally large and stand one behind the other, so that planes can be laid through them. */
export function isVolume(series: Series): boolean {
  const first = series.slices[0];
  if (series.slices.length < 3 || !first || first.image.color || !first.frame.position || !first.frame.orientation || !first.frame.spacing) return false;
  return series.slices.every(
    (s) =>
      s.image.rows === first.image.rows &&
      s.image.columns === first.image.columns &&
      s.frame.position !== undefined &&
      (s.frame.orientation ?? []).every((v, i) => Math.abs(v - (first.frame.orientation?.[i] ?? 9)) < 1e-3),
  );
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
