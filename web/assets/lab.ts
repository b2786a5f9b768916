// The stage of the lab page: a patient's surface, slices, planned cuts, guide and stress in 3D, in a headset, and without a graphics card in the node's pictures.
import { ask } from "./lab/scene";
import { Stage } from "./lab/stage";
import { Tracker } from "./lab/tracker";
import { read, say } from "./viewer/words";

async function open(root: HTMLElement): Promise<void> {
  read(root);
  try {
    const first = said(); // before the node is asked: a job may end while the stage loads
    const stage = new Stage(root, await ask(root.dataset.scene ?? ""));
    await stage.start();
    follow(stage, first);
    const tracker = document.querySelector<HTMLElement>("[data-tracker]");
    if (tracker) new Tracker(tracker, stage);
    root.dataset.ready = String(Math.round(performance.now()));
  } catch (e) {
    fail(root, e instanceof TypeError ? say("offline") : e instanceof Error ? e.message : String(e));
  }
}

/** The node could not say what to show: the reason, and a way to try it once more. */
function fail(root: HTMLElement, why: string): void {
  const p = document.createElement("p");
  p.className = "faults";
  p.setAttribute("role", "alert");
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn quiet";
  again.textContent = say("again");
  again.addEventListener("click", () => void open(root));
  p.append(say("failed", { what: say("label"), why }), " ", again);
  root.replaceChildren(p);
}

/** The scene that the page says. */
function said(): string {
  return document.querySelector<HTMLElement>("[data-lab-scene]")?.dataset.labScene ?? "";
}

/** When a job has ended the page says another scene than the last one, and what is new is loaded without a reload. */
function follow(stage: Stage, last: string): void {
  const look = (): void => {
    const now = said();
    if (!now || now === last) return;
    last = now;
    void stage.renew().catch(() => {
      last = ""; // asked again with the next change
    });
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-lab-scene"] });
  look();
}

const root = document.getElementById("lab-stage");
if (root) void open(root);
