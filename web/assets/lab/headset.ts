// The stage in a headset, through WebXR: squeeze to move, both hands to scale, trigger to measure, the thumbstick pressed for a cut that follows the hand.
import { BufferGeometry, Line, LineBasicMaterial, Matrix4, PerspectiveCamera, Plane, Ray, Vector3, type XRTargetRaySpace } from "three";
import { Grip } from "./grip";
import type { Hit } from "./part";
import type { Scene } from "./scene";
import type { World } from "./world";
import { say } from "../viewer/words";

const front = { away: 0.55, high: 1.25, low: -0.25, radius: 0.22 }; // meters: how far away and above the floor, or the eyes, the patient stands at first, and how large
const buttons = { cut: 3, leave: 5 }; // of the "xr-standard" layout: the thumbstick, and B or Y

/** Why there is no VR here, in words; empty where there is. */
export async function hindrance(): Promise<string> {
  if (!window.isSecureContext) return say("vr.insecure");
  if (!navigator.xr) return say("vr.none");
  const found = await navigator.xr.isSessionSupported("immersive-vr").catch(() => false);
  return found ? "" : say("vr.headset");
}

interface Hand {
  space: XRTargetRaySpace;
  source?: XRInputSource;
  pressed: Set<number>;
}

export class Headset {
  session?: XRSession;
  took: (hit: Hit) => void = () => {};
  began: () => void = () => {};
  ended: () => void = () => {};
  private readonly hands: Hand[];
  private readonly grip: Grip;
  private readonly camera = new PerspectiveCamera(70, 1, 0.01, 20);
  private cutter?: Hand;

  constructor(private readonly world: World) {
    this.grip = new Grip(world.content);
    this.hands = [0, 1].map((n) => this.hand(n));
  }

  private hand(n: number): Hand {
    const hand: Hand = { space: this.world.renderer.xr.getController(n), pressed: new Set() };
    hand.space.add(new Line(new BufferGeometry().setFromPoints([new Vector3(), new Vector3(0, 0, -2)]), new LineBasicMaterial({ color: 0x56b8b1 })));
    hand.space.addEventListener("connected", (e) => (hand.source = e.data));
    hand.space.addEventListener("disconnected", () => (hand.source = undefined));
    hand.space.addEventListener("squeezestart", () => this.grip.hold(hand.space, true));
    hand.space.addEventListener("squeezeend", () => this.grip.hold(hand.space, false));
    hand.space.addEventListener("selectstart", () => this.point(hand));
    return hand;
  }

  async enter(scene: Scene): Promise<void> {
    const xr = navigator.xr;
    if (!xr || this.session) return;
    const session = await xr.requestSession("immersive-vr", { optionalFeatures: ["local-floor"] });
    const { renderer, content, space } = this.world;
    renderer.xr.enabled = true;
    const floor = session.enabledFeatures?.includes("local-floor") ?? true;
    renderer.xr.setReferenceSpaceType(floor ? "local-floor" : "local");
    await renderer.xr.setSession(session);
    this.session = session;
    content.matrixAutoUpdate = false;
    content.matrix.copy(standing(scene, floor ? front.high : front.low));
    this.world.sky(new Vector3(0, 1, 0));
    space.add(...this.hands.map((h) => h.space));
    session.addEventListener("end", () => this.leave());
    this.began();
    renderer.setAnimationLoop(() => this.frame());
  }

  private leave(): void {
    const { renderer, content, space } = this.world;
    renderer.setAnimationLoop(null);
    renderer.xr.enabled = false;
    this.session = undefined;
    this.cutter = undefined;
    this.grip.drop();
    space.remove(...this.hands.map((h) => h.space));
    content.matrixAutoUpdate = true;
    content.matrix.identity();
    content.updateMatrixWorld(true);
    this.world.sky(new Vector3(0, 0, 1));
    this.ended();
  }

  private frame(): void {
    for (const hand of this.hands) this.read(hand);
    this.grip.follow();
    this.world.content.updateMatrixWorld(true);
    if (this.cutter) this.world.cut([this.cutting(this.cutter)]);
    this.world.inHeadset(this.camera);
  }

  /** Buttons that have no event of their own: what is down now and was not before. */
  private read(hand: Hand): void {
    for (const [name, n] of Object.entries(buttons)) {
      const down = hand.source?.gamepad?.buttons[n]?.pressed ?? false;
      const fresh = down && !hand.pressed.has(n);
      if (down) hand.pressed.add(n);
      else hand.pressed.delete(n);
      if (fresh && name === "leave") void this.session?.end();
      if (fresh && name === "cut") this.toggle(hand);
    }
  }

  private toggle(hand: Hand): void {
    this.cutter = this.cutter === hand ? undefined : hand;
    if (!this.cutter) this.world.cut([]);
  }

  /** The plane across the hand's pointing, 8 cm before it: what lies between it and the hand is taken away. */
  private cutting(hand: Hand): Plane {
    const ray = rayOf(hand.space.matrixWorld);
    const plane = new Plane().setFromNormalAndCoplanarPoint(ray.direction, ray.at(0.08, new Vector3()));
    return plane.applyMatrix4(this.world.content.matrixWorld.clone().invert());
  }

  private point(hand: Hand): void {
    const inverse = this.world.content.matrixWorld.clone().invert();
    const ray = rayOf(hand.space.matrixWorld).applyMatrix4(inverse);
    ray.direction.normalize();
    const hit = this.world.hit(ray);
    if (!hit) return;
    hand.source?.gamepad?.hapticActuators?.[0]?.pulse?.(0.5, 30);
    this.took(hit);
  }
}

function rayOf(hand: Matrix4): Ray {
  return new Ray(new Vector3().setFromMatrixPosition(hand), new Vector3(0, 0, -1).transformDirection(hand));
}

/** From the patient's millimeters to the room's meters: upright before the eyes, the face toward them. */
function standing(scene: Scene, high: number): Matrix4 {
  const by = front.radius / scene.radius;
  const turned = new Matrix4().set(by, 0, 0, 0, 0, 0, by, 0, 0, -by, 0, 0, 0, 0, 0, 1);
  const [x, y, z] = scene.center;
  return new Matrix4().makeTranslation(0, high, -front.away).multiply(turned).multiply(new Matrix4().makeTranslation(-x, -y, -z));
}
