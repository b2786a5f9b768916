// What the node says of a rehearsal: its layers, planes, marks and scan. All lengths are millimeters in the patient (left, posterior, head).

export type Triple = [number, number, number];
export type View = "surface" | "slices" | "plan" | "guide" | "apart" | "stress";
export const views: View[] = ["surface", "slices", "plan", "guide", "apart", "stress"];

export interface Values {
  url: string;
  unit: string;
  name: string;
  max: number;
  top?: number; // where the colors end
  limit?: number;
  factor_of_risk?: number;
  criterion?: string;
}

export interface Layer {
  id: string;
  kind: "surface" | "guide" | "implant" | "mirror" | "model" | "stress";
  name: string;
  url: string;
  bytes: number;
  triangles: number;
  color?: string;
  visible?: boolean;
  apart?: Triple; // how far it moves in the exploded view
  values?: Values;
}

export interface Cut {
  id: string;
  name: string;
  point: Triple;
  normal: Triple;
  radius: number;
  angle?: number; // degrees
}

export interface Landmark {
  id: string;
  name: string;
  point: Triple;
}

export interface Load {
  id: string;
  name: string;
  point: Triple;
  direction: Triple;
}

export interface Scan {
  dims: Triple;
  spacing: Triple;
  origin: Triple; // the center of voxel 0, 0, 0
  directions: number[]; // unit vectors of the i, j and k axes
  slice: string;
}

export interface Still {
  view: View;
  url: string;
  alt: string;
  mm?: number; // how much of the patient the picture is high
  w?: number;
  h?: number;
}

export interface Scene {
  case?: string;
  side?: string;
  center: Triple;
  radius: number;
  layers: Layer[];
  planes: Cut[];
  landmarks: Landmark[];
  loads: Load[];
  volume?: Scan;
  pictures: Still[];
}

export async function ask(url: string): Promise<Scene> {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const said = (await answer.json()) as Partial<Scene>;
  return {
    ...said,
    center: said.center ?? [0, 0, 0],
    radius: said.radius && said.radius > 0 ? said.radius : 100,
    layers: said.layers ?? [],
    planes: said.planes ?? [],
    landmarks: said.landmarks ?? [],
    loads: said.loads ?? [],
    pictures: said.pictures ?? [],
  };
}

/** The kinds of layers that a view begins with. Bone that carries stress stands in the stress layer itself. */
const shown: Record<View, Layer["kind"][]> = {
  surface: ["surface"],
  slices: ["surface"],
  plan: ["surface", "implant", "mirror"],
  guide: ["surface", "implant", "guide"],
  apart: ["surface", "implant", "guide"],
  stress: ["stress"],
};

export function isShown(layer: Layer, view: View): boolean {
  return layer.visible !== false && shown[view].includes(layer.kind);
}

/** Whether there is anything for a view to show. */
export function has(scene: Scene, view: View): boolean {
  switch (view) {
    case "slices":
      return scene.volume !== undefined;
    case "plan":
      return scene.planes.length > 0 || scene.landmarks.length > 0 || scene.layers.some((l) => l.kind === "implant" || l.kind === "mirror");
    case "guide":
      return scene.layers.some((l) => l.kind === "guide");
    case "apart":
      return scene.layers.some((l) => l.apart !== undefined);
    case "stress":
      return scene.layers.some((l) => l.kind === "stress");
    default:
      return scene.layers.some((l) => l.kind === "surface");
  }
}
