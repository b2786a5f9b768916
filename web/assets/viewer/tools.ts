// What a hand does to an image: Cornerstone's tools in two groups, one for stacks and one for planes through a volume.
import * as tools from "@cornerstonejs/tools";
import { utilities, type Types } from "@cornerstonejs/core";
import { scaleOf, sliceOf, type Mark, type Slice } from "./data";
import { cobb, cross, planeOf, regionOf, toPixel, type Vector } from "./geometry";
import { number, say } from "./words";

const { MouseBindings, KeyboardBindings } = tools.Enums;

/** Cobb's angle by the tilt of the two lines. Cornerstone's own takes their nearest ends together, so that it depends on where the lines lie. */
class CobbTool extends tools.CobbAngleTool {
  static override toolName = "CobbAngle";

  override _calculateCachedStats(annotation: tools.Types.Annotation, engine: unknown, element: unknown): unknown {
    const stats = super._calculateCachedStats(annotation, engine, element) as Record<string, Stats> | undefined;
    const angle = cobbOf(annotation);
    for (const s of Object.values(stats ?? {})) Object.assign(s, angle);
    return stats;
  }
}

/** Cobb's angle of what was drawn; nothing while a line is missing. */
export function cobbOf(a: tools.Types.Annotation): { angle: number; other?: number } | undefined {
  const points = (a.data.handles?.points ?? []) as Vector[];
  const { viewUp, viewPlaneNormal } = a.metadata as { viewUp?: Vector; viewPlaneNormal?: Vector };
  if (points.length !== 4 || !viewUp || !viewPlaneNormal) return undefined;
  return cobb(points, cross(viewUp, viewPlaneNormal), viewUp);
}

/** The tools of the page by the names of their buttons. */
export const named: Record<string, { toolName: string }> = {
  scroll: tools.StackScrollTool,
  cross: tools.CrosshairsTool,
  window: tools.WindowLevelTool,
  zoom: tools.ZoomTool,
  pan: tools.PanTool,
  length: tools.LengthTool,
  angle: tools.AngleTool,
  cobb: CobbTool,
  region: tools.EllipticalROITool,
  rectangle: tools.RectangleROITool,
  arrow: tools.ArrowAnnotateTool,
};

/** Tools that draw something that stays. */
export const drawing = ["length", "angle", "cobb", "region", "rectangle", "arrow"];

const hands = ["scroll", "window", "zoom", "pan"];
let current = "window";

export function setUp(): void {
  tools.init();
  tools.annotation.config.style.setDefaultToolStyles({
    global: { ...tools.annotation.config.style.getDefaultToolStyles().global, color: "rgb(140,200,255)", colorHighlighted: "rgb(255,255,255)", colorSelected: "rgb(123,205,198)",
      textBoxColor: "rgb(232,236,239)", textBoxColorHighlighted: "rgb(255,255,255)", textBoxColorSelected: "rgb(123,205,198)", textBoxFontSize: "13px", textBoxFontFamily: "Inter Variable, system-ui, sans-serif", lineWidth: "1.5" },
  } as never);
  for (const tool of Object.values(named)) tools.addTool(tool as never);
  for (const id of ["flat", "mpr"]) group(id);
}

function group(id: string): void {
  const g = tools.ToolGroupManager.createToolGroup(id);
  if (!g) return;
  for (const [name, tool] of Object.entries(named)) {
    if (name === "cross" && id !== "mpr") continue;
    g.addTool(tool.toolName, options(name));
    if (drawing.includes(name)) g.setToolPassive(tool.toolName);
  }
}

function options(name: string): object {
  if (name === "arrow") return { getTextCallback: (done: (text: string) => void) => done("·"), changeTextCallback: (_: unknown, __: unknown, done: (text: string) => void) => done("·") };
  if (["length", "angle", "cobb", "region", "rectangle"].includes(name))
    return {
      getTextLines: (data: { cachedStats: Record<string, Stats>; handles?: { points?: Vector[] }; filed?: Mark }, target: string) => {
        const slice = sliceOf(target.replace(/^imageId:/, ""));
        return lines(name, within(data.cachedStats[target], slice, data.handles?.points ?? []), slice, data.filed);
      },
    };
  if (name === "cross")
    return {
      getReferenceLineColor: () => "rgb(140,200,255)",
      getReferenceLineControllable: () => true,
      getReferenceLineDraggableRotatable: () => false,
      getReferenceLineSlabThicknessControlsOn: () => false,
    };
  return {};
}

/** What was measured, as Cornerstone keeps it. */
export interface Stats {
  length?: number;
  angle?: number;
  other?: number;
  mean?: number;
  stdDev?: number;
  area?: number;
  unit?: string;
  modalityUnit?: string;
  outside?: boolean; // of every plane of an image of ultrasound: no length is true there
}

/** What was measured on an image of ultrasound, by the scale of the region in which it lies. On other images, as it is. */
export function within(s: Stats | undefined, slice: Slice | undefined, points: Vector[]): Stats | undefined {
  const regions = slice?.image.regions;
  if (!s || !slice || !regions || points.length === 0) return s;
  const plane = planeOf(slice.frame, slice.n);
  const places = points.map((p) => toPixel(plane, p));
  const scale = regionOf(regions, places);
  const square = scale && Math.abs(scale.width / scale.height - 1) < 0.01;
  if (!scale || (s.angle !== undefined && !square)) return { ...s, length: undefined, area: undefined, angle: undefined, outside: true };
  const [a, b] = places as [[number, number], [number, number]];
  const length = s.length === undefined ? undefined : Math.hypot((b[0] - a[0]) * scale.width, (b[1] - a[1]) * scale.height);
  const pixel = plane.step[0] * plane.step[1];
  return { ...s, length, area: s.area === undefined ? undefined : (s.area / pixel) * scale.width * scale.height };
}

/** What a mark measures, as people read it. A mark of an entry says what the entry says: measured again from its points it would differ in the last digit. */
export function lines(tool: string, s: Stats | undefined, slice: Slice | undefined, filed?: Mark): string[] {
  if (filed) return linesOf(filed);
  const scale = slice ? scaleOf(slice) : "";
  if (s?.outside && typeof s.mean !== "number") return [say("outside")];
  if (typeof s?.length === "number") return [long(number(s.length, 1), scale)];
  if (typeof s?.angle === "number") return [degrees(s.angle, s.other)];
  if (typeof s?.mean !== "number") return [];
  const unit = s.modalityUnit === "raw" ? "" : (s.modalityUnit ?? "");
  return [say("stats", { mean: number(s.mean), sd: number(s.stdDev ?? 0), unit }), ...(typeof s.area === "number" ? [wide(number(s.area), scale)] : s.outside ? [say("outside")] : [])];
}

function linesOf(m: Mark): string[] {
  const value = Number(m.value);
  const scale = m.scale ?? (m.sort === "length" && !m.unit ? "pixels" : "");
  if (m.value === undefined || !Number.isFinite(value)) return [];
  if (m.sort === "length") return [long(number(value, 1), scale)];
  if (m.unit === "deg") return [degrees(value)];
  const stats = say("stats", { mean: number(value), sd: number(Number(m.spread ?? 0)), unit: m.unit === "[hnsf'U]" ? "HU" : "" });
  return [stats, ...(m.area ? [wide(number(Number(m.area)), scale)] : [])];
}

const degrees = (angle: number, other?: number): string => `${number(angle, 1)}°` + (other === undefined ? "" : ` (${number(other, 1)}°)`);
const long = (length: string, scale: string): string => [say(scale === "pixels" ? "lengthpx" : "length", { length }), say("scale." + scale)].filter(Boolean).join(" ");
const wide = (area: string, scale: string): string => [say(scale === "pixels" ? "areapx" : "area", { area }), say("scale." + scale)].filter(Boolean).join(" ");

export function attach(viewport: string, flat: boolean): void {
  tools.ToolGroupManager.getToolGroup(flat ? "flat" : "mpr")?.addViewport(viewport, "stage");
}

export function detach(viewport: string): void {
  for (const id of ["flat", "mpr"]) {
    const g = tools.ToolGroupManager.getToolGroup(id);
    if (g?.getViewportIds().includes(viewport)) g.removeViewports("stage", viewport);
  }
}

/** Gives a tool to the first button and the first finger. Wheel, second and third button and two fingers always scroll, zoom and pan. */
export function take(name: string, layout: string): string {
  if (name === "cross" && layout !== "mpr") name = "window";
  const id = layout === "mpr" ? "mpr" : "flat";
  const g = tools.ToolGroupManager.getToolGroup(id);
  if (!g) return current;
  for (const [n, tool] of Object.entries(named)) {
    if (n === "cross" && id !== "mpr") continue;
    if (drawing.includes(n)) g.setToolPassive(tool.toolName, { removeAllBindings: true });
    else if (n === "cross") (layout === "mpr" ? g.setToolPassive(tool.toolName, { removeAllBindings: true }) : undefined);
    else g.setToolDisabled(tool.toolName);
  }
  current = name;
  const bindings = (n: string): object[] => [
    ...(n === name ? [{ mouseButton: MouseBindings.Primary }] : []),
    ...(n === "scroll" ? [{ mouseButton: MouseBindings.Wheel }] : []),
    ...(n === "zoom" ? [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }] : []),
    ...(n === "pan" ? [{ mouseButton: MouseBindings.Auxiliary }, { mouseButton: MouseBindings.Primary, modifierKey: KeyboardBindings.Ctrl }] : []),
  ];
  for (const n of new Set([...hands, name])) g.setToolActive((named[n] as { toolName: string }).toolName, { bindings: bindings(n) } as never);
  return name;
}

export function undo(): void {
  utilities.HistoryMemo.DefaultHistoryMemo.undo();
}

export function redo(): void {
  utilities.HistoryMemo.DefaultHistoryMemo.redo();
}
