// A picture of the stage into the case: what is drawn, with its letters, its scale and its marks, looked at once more before it is filed.
import { csrfHeaders, csrfToken } from "../island/csrf";
import { make } from "./dom";
import { say } from "../viewer/words";

const widest = 1600; // pixels of a filed picture

export interface Overlay {
  text: string;
  x: number;
  y: number;
}

/** What is painted over the picture, in pixels of the page. */
export interface Scenery {
  width: number;
  height: number;
  background: string;
  ink: string;
  sheet: string;
  labels: Overlay[];
  bar: { mm: number; text: string; long: number };
  sides: { left: string; right: string; top: string; bottom: string };
  title: string;
}

/** Paints the picture and what stands around it. */
export function paint(source: CanvasImageSource, s: Scenery): HTMLCanvasElement {
  const by = Math.min(2, widest / s.width);
  const canvas = make("canvas", { width: String(Math.round(s.width * by)), height: String(Math.round(s.height * by)) });
  const c = canvas.getContext("2d") as CanvasRenderingContext2D;
  c.scale(by, by);
  c.fillStyle = s.background;
  c.fillRect(0, 0, s.width, s.height);
  c.drawImage(source, 0, 0, s.width, s.height);
  c.font = "600 13px Inter Variable, system-ui, sans-serif";
  c.textBaseline = "middle";
  for (const l of s.labels) plate(c, s, l);
  c.fillStyle = c.strokeStyle = s.ink;
  c.textAlign = "center";
  c.fillText(s.sides.left, 14, s.height / 2);
  c.fillText(s.sides.right, s.width - 14, s.height / 2);
  c.fillText(s.sides.top, s.width / 2, 14);
  c.fillText(s.sides.bottom, s.width / 2, s.height - 14);
  c.textAlign = "left";
  c.lineWidth = 1.5;
  c.strokeRect(20, s.height - 40, s.bar.long, 0.01);
  c.fillText(s.bar.text, 20, s.height - 26);
  c.fillText(s.title, 20, 18);
  return canvas;
}

function plate(c: CanvasRenderingContext2D, s: Scenery, l: Overlay): void {
  const wide = c.measureText(l.text).width + 16;
  c.fillStyle = s.sheet;
  c.beginPath();
  c.roundRect(l.x - wide / 2, l.y - 12, wide, 24, 12);
  c.fill();
  c.fillStyle = s.ink;
  c.textAlign = "center";
  c.fillText(l.text, l.x, l.y);
}

/** Shows the picture with a field for a note, and files it. Resolves to whether it was filed. */
export function file(root: HTMLElement, url: string, view: string, canvas: HTMLCanvasElement, title: string): Promise<boolean> {
  const note = make("textarea", { id: "shot-note", rows: "2", maxlength: "2000" });
  const fault = make("p", { class: "error", role: "alert", hidden: true });
  const send = make("button", { type: "submit", class: "btn" }, say("shot.file"));
  const leave = make("button", { type: "button", class: "btn quiet" }, say("shot.discard"));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", title);
  const form = make("form", {}, canvas, make("p", { class: "small" }, title), make("label", { for: "shot-note" }, say("shot.note")), note, fault, make("div", { class: "row" }, send, leave));
  const dialog = make("dialog", { class: "shot", "aria-labelledby": "shot-title" }, make("h2", { id: "shot-title" }, say("shot.title")), form);
  root.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    let filed = false;
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(filed);
    });
    leave.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (e) => {
      e.preventDefault();
      send.disabled = true;
      const why = await post(url, view, canvas, title, note.value.trim());
      send.disabled = false;
      fault.hidden = why === "";
      fault.textContent = why && say("shot.failed", { why });
      if (why) return;
      filed = true;
      dialog.close();
    });
  });
}

/** Sends it; returns why it was not taken, or nothing. */
async function post(url: string, view: string, canvas: HTMLCanvasElement, title: string, note: string): Promise<string> {
  const png = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!png) return say("broken");
  const form = new FormData();
  for (const [name, value] of Object.entries({ csrf_token: csrfToken(), view, title, note })) form.set(name, value);
  form.set("picture", png, `${view}.png`);
  try {
    const answer = await fetch(url, { method: "POST", body: form, headers: { ...csrfHeaders(), Accept: "application/json" } });
    if (answer.ok) return "";
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    return problem.detail ?? String(answer.status);
  } catch {
    return say("offline");
  }
}
