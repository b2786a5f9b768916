// Marks: what was drawn, in Cornerstone's terms and in those of an entry, which knows pixels of an image and decimals only.
import * as tools from "@cornerstonejs/tools";
import type { Types } from "@cornerstonejs/core";
import { frameOf, placedOf, scaleOf, sliceOf, type Key, type KeyPlane, type Mark, type Series, type Slice } from "./data";
import { cross, dot, minus, planeOf, regrid, toPixel, toWorld, type Plane, type Vector } from "./geometry";
import { cobbOf, drawing, lines, named, within, type Stats } from "./tools";
import { say } from "./words";

type Annotation = tools.Types.Annotation & { data: { cachedStats?: Record<string, Stats>; handles?: { points?: Types.Point3[] } } };

const sorts: Record<string, string> = { length: "length", angle: "angle", cobb: "cobb", region: "ellipse", rectangle: "rectangle", arrow: "arrow" };
const theirs = new Set<string>(); // annotations that stand in entries

/** All that was drawn here and is in no entry yet. */
export function mine(): Annotation[] {
  return (tools.annotation.state.getAllAnnotations() as Annotation[]).filter((a) => toolOf(a) !== "" && !theirs.has(a.annotationUID ?? ""));
}

function toolOf(a: Annotation): string {
  return drawing.find((n) => named[n]?.toolName === a.metadata.toolName) ?? "";
}

function statsOf(a: Annotation): Stats {
  const s = { ...Object.values(a.data.cachedStats ?? {})[0], ...(toolOf(a) === "cobb" ? cobbOf(a) : undefined) };
  return within(s, sliceAt(a), (a.data.handles?.points ?? []) as Vector[]) ?? s;
}

/** What a mark measures, as people read it. */
export function told(a: Annotation): string {
  return lines(toolOf(a), statsOf(a), sliceAt(a)).join(" · ");
}

export function titleOf(a: Annotation): string {
  return say(`mark.${toolOf(a)}`);
}

export function sliceAt(a: Annotation): Slice | undefined {
  return sliceOf(a.metadata.referencedImageId ?? "");
}

/** The marks of one image as an entry holds them. */
export function marksOf(slice: Slice): { marks: Mark[]; used: Annotation[] } {
  const used = mine().filter((a) => a.metadata.referencedImageId === slice.id);
  const plane = planeOf(slice.frame, slice.n);
  return { used, marks: used.map((a) => markOf(a, plane, slice.series.modality, scaleOf(slice))) };
}

/** The marks on a plane through a series, as an entry holds them: those that are of no image and less than half a pixel beside it. */
export function marksOn(plane: KeyPlane, series: Series): { marks: Mark[]; used: Annotation[] } {
  const on = planeOf(placedOf(plane), 0);
  const normal = cross(on.right, on.down);
  const near = Math.min(...(series.slices[0]?.frame.spacing ?? [0.1])) / 2;
  const lies = (p: Types.Point3): boolean => Math.abs(dot(minus(p as Vector, on.origin), normal)) < near;
  const used = mine().filter((a) => a.metadata.FrameOfReferenceUID === frameOf(series) && (plane.mip || !sliceAt(a)) && (a.data.handles?.points ?? []).every(lies));
  return { used, marks: used.map((a) => markOf(a, on, series.modality, "")) };
}

function markOf(a: Annotation, plane: Plane, modality: string | undefined, scale: string): Mark {
  const s = statsOf(a);
  const mark: Mark = { sort: sorts[toolOf(a)] ?? "arrow", points: (a.data.handles?.points ?? []).flatMap((p) => pixel(p, plane)), grid: 2 };
  const sized = (): void => void (scale && Object.assign(mark, { scale }));
  const set = (v: number | undefined, unit: string, digits = 1): void => {
    if (typeof v === "number" && Number.isFinite(v)) Object.assign(mark, { value: v.toFixed(digits), unit });
  };
  if (typeof s.length === "number") {
    set(s.length, scale === "pixels" ? "" : "mm");
    sized();
  } else if (typeof s.angle === "number") set(s.angle, "deg");
  else if (typeof s.mean === "number") {
    set(s.mean, modality === "CT" ? "[hnsf'U]" : "");
    if (Number.isFinite(s.stdDev)) mark.spread = (s.stdDev as number).toFixed(1);
    if (Number.isFinite(s.area)) mark.area = (s.area as number).toFixed(0);
    sized();
  }
  return mark;
}

/** Hundredths of a pixel from the top left corner of the first pixel: the centers of pixels are halves. */
function pixel(world: Types.Point3, plane: Plane): [number, number] {
  const [column, row] = toPixel(plane, world);
  return [Math.round(column * 100), Math.round(row * 100)];
}

/** Marks that became an entry are drawn as such from now on. */
export function filed(used: Annotation[]): void {
  for (const a of used) {
    if (!a.annotationUID) continue;
    theirs.add(a.annotationUID);
    tools.annotation.locking.setAnnotationLocked(a.annotationUID, true);
  }
}

/** Draws the marks of the case's key images, each in its hospital's color. */
export function draw(keys: Key[], series: Series, hue: (n: number) => string): void {
  for (const k of keys) {
    const slice = series.slices.find((s) => s.uid === k.instance && s.n === k.frame && s.series.study.entry === k.entry);
    if (!slice) continue;
    const name = `${k.entry}/${k.instance}/${k.frame}`;
    (k.marks ?? []).forEach((mark, i) => drawOne(`${name}/${i}/${mark.points.join(",")}`, mark, slice, planeOf(slice.frame, slice.n), hue(k.hue)));
    if (!k.plane) continue;
    const on = planeOf(placedOf(k.plane), 0);
    (k.plane.marks ?? []).forEach((mark, i) => drawOne(`${name}/${on.origin.join(",")}/${i}/${mark.points.join(",")}`, mark, series, on, hue(k.hue)));
  }
}

/** Draws a mark of an entry on one image, or on a plane through a series. */
function drawOne(uid: string, mark: Mark, of: Slice | Series, plane: Plane, color: string): void {
  const tool = Object.keys(sorts).find((n) => sorts[n] === mark.sort);
  const name = tool && named[tool]?.toolName;
  if (!name || theirs.has(uid)) return;
  const slice = "frame" in of ? of : undefined;
  const frame = slice ? (slice.image.frameOf ?? slice.series.uid) : frameOf(of as Series);
  const points: Types.Point3[] = [];
  for (let i = 0; i + 1 < mark.points.length; i += 2) points.push(toWorld(plane, regrid(plane, [(mark.points[i] as number) / 100, (mark.points[i + 1] as number) / 100], mark.grid)));
  const back = (v: Vector): Vector => [-v[0], -v[1], -v[2]];
  theirs.add(uid);
  tools.annotation.state.addAnnotation(
    {
      annotationUID: uid,
      highlighted: false,
      invalidated: true,
      isLocked: true,
      metadata: { toolName: name, referencedImageId: slice?.id, FrameOfReferenceUID: frame, viewPlaneNormal: back(cross(plane.right, plane.down)), viewUp: back(plane.down) },
      data: { filed: mark, label: "·", text: "·", cachedStats: {}, frameNumber: 1, handles: { points, activeHandleIndex: null, arrowFirst: true, textBox: { hasMoved: false, worldPosition: [0, 0, 0], worldBoundingBox: {} } } },
    } as never,
    frame,
  );
  tools.annotation.locking.setAnnotationLocked(uid, true);
  tools.annotation.config.style.setAnnotationStyles(uid, { color, colorLocked: color, textBoxColor: color, textBoxColorLocked: color } as never);
}

/** Takes away the marks that were chosen, as far as they are in no entry. */
export function removeChosen(): void {
  const all = mine();
  const chosen = all.filter((a) => tools.annotation.selection.isAnnotationSelected(a.annotationUID ?? ""));
  for (const a of chosen.length > 0 ? chosen : all.slice(-1)) {
    tools.AnnotationTool.createAnnotationMemo?.(document.querySelector(".gl") as never, a as never, { deleting: true } as never);
    tools.annotation.state.removeAnnotation(a.annotationUID ?? "");
  }
}

export function show(visible: boolean): void {
  for (const a of tools.annotation.state.getAllAnnotations()) tools.annotation.visibility.setAnnotationVisibility(a.annotationUID ?? "", visible);
}
