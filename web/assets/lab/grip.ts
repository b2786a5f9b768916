// What two hands do to the patient in the air: one takes hold and turns, two pull it larger or smaller.
import { Matrix4, Object3D, Quaternion, Vector3 } from "three";

export class Grip {
  private readonly holding = new Set<Object3D>();
  private began: { content: Matrix4; hands: Matrix4[] } = { content: new Matrix4(), hands: [] };

  constructor(private readonly content: Object3D) {}

  hold(hand: Object3D, on: boolean): void {
    if (on) this.holding.add(hand);
    else this.holding.delete(hand);
    this.begin();
  }

  drop(): void {
    this.holding.clear();
  }

  private begin(): void {
    this.began = { content: this.content.matrix.clone(), hands: [...this.holding].map((h) => h.matrixWorld.clone()) };
  }

  /** Moves the content as the hands have moved since they took hold. */
  follow(): void {
    const hands = [...this.holding];
    const [first, second] = this.began.hands;
    if (!hands[0] || !first) return;
    const change = hands[1] && second ? both(first, second, hands[0].matrixWorld, hands[1].matrixWorld) : hands[0].matrixWorld.clone().multiply(first.clone().invert());
    this.content.matrix.copy(change.multiply(this.began.content));
    this.content.matrixWorldNeedsUpdate = true;
  }
}

/** The turn, the shift and the scale that bring two hands from where they were to where they are. */
function both(a0: Matrix4, b0: Matrix4, a: Matrix4, b: Matrix4): Matrix4 {
  const [p0, q0, p, q] = [a0, b0, a, b].map((m) => new Vector3().setFromMatrixPosition(m)) as [Vector3, Vector3, Vector3, Vector3];
  const [before, now] = [q0.clone().sub(p0), q.clone().sub(p)];
  const turn = new Quaternion().setFromUnitVectors(before.clone().normalize(), now.clone().normalize());
  const scale = Math.max(0.05, Math.min(20, now.length() / Math.max(0.02, before.length())));
  const to = new Matrix4().compose(p.lerp(q, 0.5), turn, new Vector3().setScalar(scale));
  const from = p0.lerp(q0, 0.5);
  return to.multiply(new Matrix4().makeTranslation(-from.x, -from.y, -from.z));
}
