// What is drawn: the parts in the patient's own coordinates, lit from the eye. A frame is drawn when something has changed, and never otherwise.
import { Camera, DirectionalLight, Group, HemisphereLight, Plane, Ray, Scene as Space, Vector3, WebGLRenderer } from "three";
import type { Eye } from "./eye";
import { Part, type Hit } from "./part";

const smooth = 45; // ms: a frame that took longer is drawn coarser while it turns

export class World {
  readonly space = new Space();
  readonly content = new Group(); // the patient: left, posterior, head, millimeters
  readonly renderer: WebGLRenderer;
  readonly parts = new Map<string, Part>();
  took = 0; // ms of the last full frame
  found = 0; // ms of the last pick
  frames = 0;
  /** Called after a frame on the screen, for what lies over it. */
  drawn: () => void = () => {};
  lost: () => void = () => {};
  private readonly software: boolean;
  private readonly lamp = new DirectionalLight(0xffffff, 2.1);
  private readonly dome = new HemisphereLight(0xffffff, 0x8b8378, 1.25);
  private planes: Plane[] = []; // in the patient
  private cutting: Plane[] = []; // the same where the patient is drawn
  private corner = false;
  private asked = 0;
  private moving = 0;
  private slow = false;

  constructor(readonly canvas: HTMLCanvasElement, readonly eye: Eye) {
    this.software = byProcessor();
    this.renderer = new WebGLRenderer({ canvas, antialias: !this.software, alpha: true, stencil: false, powerPreference: "high-performance" });
    this.renderer.localClippingEnabled = true;
    this.renderer.setClearColor(0x000000, 0);
    this.sky(new Vector3(0, 0, 1));
    this.space.add(this.dome, this.lamp, this.lamp.target, this.content);
    canvas.addEventListener("webglcontextlost", (e) => {
      e.preventDefault();
      this.lost();
    });
  }

  resize(width: number, height: number): void {
    this.eye.resize(width, height);
    this.sharp();
    this.change();
  }

  /** Asks for one frame. While a hand moves the picture, a slow computer draws fewer triangles and pixels, and all of them when it rests. */
  change(moves = false): void {
    if (moves && this.slow) this.rough();
    if (this.asked || this.renderer.xr.isPresenting) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.frame();
    });
  }

  /** Whether the last frame is the full one. */
  get rests(): boolean {
    return !this.moving && !this.asked;
  }

  private rough(): void {
    window.clearTimeout(this.moving);
    if (!this.moving) {
      for (const part of this.parts.values()) if (part.mesh.visible) part.rough(true);
      this.renderer.setPixelRatio(Math.min(1, window.devicePixelRatio) * 0.6);
    }
    this.moving = window.setTimeout(() => {
      this.moving = 0;
      this.sharp();
      this.change();
    }, 250);
  }

  private sharp(): void {
    for (const part of this.parts.values()) part.rough(false);
    this.renderer.setPixelRatio(this.software ? 1.5 : Math.min(2, window.devicePixelRatio));
    this.renderer.setSize(this.eye.width, this.eye.height, false);
  }

  frame(): void {
    const began = performance.now();
    const { eye } = this;
    this.lamp.position.copy(eye.back).addScaledVector(eye.up, 0.55).addScaledVector(eye.right, -0.4).multiplyScalar(1000);
    this.lamp.position.add(eye.target);
    this.lamp.target.position.copy(eye.target);
    this.place();
    this.renderer.render(this.space, eye.camera);
    this.frames++;
    if (!this.moving) this.judge(began);
    this.drawn();
  }

  /** How long a full frame takes: one pixel is read, which waits for all of them. Not while a hand moves the picture. */
  private judge(began: number): void {
    const gl = this.renderer.getContext();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    this.took = performance.now() - began;
    this.slow = this.took > smooth;
  }

  /** Where the light of the sky comes from: the patient's head, which a headset turns to its own up. */
  sky(up: Vector3): void {
    this.dome.position.copy(up);
  }

  /** One frame for both eyes, lit from above the wearer. */
  inHeadset(camera: Camera): void {
    this.lamp.position.set(-0.5, 3, 1);
    this.lamp.target.position.set(0, 1, -1);
    this.place();
    this.renderer.render(this.space, camera);
  }

  private place(): void {
    this.cutting.forEach((plane, n) => plane.copy(this.planes[n] as Plane).applyMatrix4(this.content.matrixWorld));
  }

  /** Takes away what the scene has no more. */
  keep(layers: Set<string>): void {
    for (const [id, part] of this.parts) {
      if (layers.has(id)) continue;
      part.remove();
      this.parts.delete(id);
    }
  }

  add(part: Part): void {
    this.parts.get(part.layer.id)?.remove();
    this.parts.set(part.layer.id, part);
    this.content.add(part.mesh);
    part.cut(this.cutting, this.corner);
    this.change();
  }

  /** Takes away what lies on the far side of a plane, or of all planes of a corner. */
  cut(planes: Plane[], corner = false): void {
    if (planes.length !== this.planes.length || corner !== this.corner) {
      this.cutting = planes.map((p) => p.clone());
      for (const part of this.parts.values()) part.cut(this.cutting, corner);
    }
    this.planes = planes;
    this.corner = corner;
    this.change();
  }

  /** Whether a point of the patient is on the side that a section leaves. */
  stays(p: Vector3): boolean {
    if (this.planes.length === 0) return true;
    return this.corner ? this.planes.some((c) => c.distanceToPoint(p) >= 0) : this.planes.every((c) => c.distanceToPoint(p) >= 0);
  }

  /** The nearest point that a ray meets on what is drawn. */
  hit(ray: Ray): Hit | undefined {
    let best: Hit | undefined;
    for (const part of this.parts.values()) {
      if (!part.mesh.visible || part.opacity < 0.05) continue;
      const hit = part.hit(ray, (p) => this.stays(p.clone().add(part.mesh.position)));
      if (hit && (!best || hit.distance < best.distance)) best = hit;
    }
    return best;
  }

  under(x: number, y: number): Hit | undefined {
    const began = performance.now();
    const hit = this.hit(new Ray(this.eye.from(x, y), this.eye.back.clone().negate()));
    this.found = performance.now() - began;
    return hit;
  }
}

/** Whether it is the processor that draws: it smooths edges cheaper by a few more pixels in the frame that rests than by many samples in all. Throws without WebGL 2. */
function byProcessor(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) throw new Error("no WebGL 2");
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}
