// The board on which a segmentation is changed: a slice with what belongs to it, a brush, seeds, and undo. What is painted is a list of strokes that the node replays.
import { Board } from "./segment/board";
import { ask } from "./segment/grid";
import { read, say } from "./viewer/words";

async function open(root: HTMLElement): Promise<void> {
  read(root);
  try {
    const first = newest(); // before the node is asked: a version may come while the board loads
    const board = new Board(root, await ask(root.dataset.board ?? "", root.dataset.of ?? ""));
    await board.start();
    follow(board, first);
  } catch (e) {
    fail(root, e instanceof TypeError ? say("offline") : e instanceof Error ? e.message : String(e));
  }
}

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

/** The version that the page says is the newest. */
function newest(): string {
  return document.querySelector<HTMLElement>("[data-segment-base]")?.dataset.segmentBase ?? "";
}

/** When a newer version than the last one is there, the board goes on from it; what was painted meanwhile lies on it. */
function follow(board: Board, last: string): void {
  const look = (): void => {
    const base = newest();
    if (!base || base === last) return;
    last = base;
    void board.change(base).catch(() => {
      last = ""; // asked again with the next change
    });
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-segment-base"] });
  look();
}

const root = document.getElementById("segment-board");
if (root) void open(root);
