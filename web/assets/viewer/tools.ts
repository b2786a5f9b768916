// What a hand does to an image: Cornerstone's tools in two groups, one for stacks and one for planes through a volume.
import * as tools from "@cornerstonejs/tools";
import { utilities } from "@cornerstonejs/core";
import { number, say } from "./words";

const { MouseBindings, KeyboardBindings } = tools.Enums;

/** The tools of the page by the names of their buttons. */
export const named: Record<string, { toolName: string }> = {
  scroll: tools.StackScrollTool,
  cross: tools.CrosshairsTool,
  window: tools.WindowLevelTool,
  zoom: tools.ZoomTool,
  pan: tools.PanTool,
  length: tools.LengthTool,
  angle: tools.AngleTool,
  cobb: tools.CobbAngleTool,
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
  if (name === "region" || name === "rectangle") return { getTextLines: (data: { cachedStats: Record<string, Stats> }, target: string) => lines(data.cachedStats[target]) };
  if (name === "cross")
    return {
      getReferenceLineColor: () => "rgb(140,200,255)",
      getReferenceLineControllable: () => true,
      getReferenceLineDraggableRotatable: () => false,
      getReferenceLineSlabThicknessControlsOn: () => false,
    };
  return {};
}

/** What a region's values are, as its marks and the panel say it. */
export interface Stats {
  length?: number;
  angle?: number;
  mean?: number;
  stdDev?: number;
  area?: number;
  unit?: string;
  modalityUnit?: string;
}

export function lines(s: Stats | undefined): string[] {
  if (typeof s?.mean !== "number") return [];
  const unit = s.modalityUnit === "raw" ? "" : (s.modalityUnit ?? "");
  return [say("stats", { mean: number(s.mean), sd: number(s.stdDev ?? 0), unit }), ...(typeof s.area === "number" ? [say("area", { area: number(s.area) })] : [])];
}

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
