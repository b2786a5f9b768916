// A page with nothing but the stage of the lab page, and the files of a phantom: what the node serves, without the node's cases.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { root } from "./hospital.js";
import { peg, volume, voxel } from "./phantom.js";

const built = join(root, "web", "ui", "static");
const kinds = { ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
// As the node's own pages.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The phrases of the block "stage", as the page hands them to its script. */
function words(language) {
  const all = {};
  let block = "";
  for (const line of readFileSync(join(root, "lang", "phrases", `stage.${language}.toml`), "utf8").split("\n")) {
    const name = /^\[stage\.?(.*)\]$/.exec(line);
    const phrase = /^([\w-]+) = (".*")$/.exec(line);
    if (name) block = name[1] ? `${name[1]}.` : "";
    if (phrase) all[block + phrase[1]] = JSON.parse(phrase[2]);
  }
  return all;
}

function page(language) {
  const names = JSON.parse(readFileSync(join(built, "manifest.json"), "utf8"));
  const given = JSON.stringify(words(language)).replaceAll("&", "&amp;").replaceAll("'", "&#39;");
  return `<!doctype html><html lang="${language === "zh" ? "zh-Hans" : "en"}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Stage</title><meta name="csrf-token" content="of-this-page"><link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/${names["app.css"]}"></head>
<body><main class="wide"><h1>Stage</h1><section id="lab-stage" class="stage" data-scene="/scene" data-picture="/picture" data-words='${given}' tabindex="-1"></section>
<div data-pick="landmark" data-pick-name="Porion"><label>Point <input data-pick-point></label><label>Normal <input data-pick-normal></label><label>Layer <input data-pick-layer></label><button type="button" class="btn" data-pick-start hidden>Choose on the surface</button></div>
<a class="btn quiet" href="#guide" data-lab-view="guide">Guide</a><span hidden data-lab-scene="1"></span></main><script type="module" src="/assets/${names["lab.js"]}"></script></body></html>`;
}

/** A slice as a picture of 24 bits, the first row on top. */
function bitmap(w, h, gray) {
  const row = Math.ceil((3 * w) / 4) * 4;
  const raw = Buffer.alloc(54 + row * h);
  raw.write("BM", 0, "latin1");
  [[raw.length, 2], [54, 10], [40, 14], [w, 18], [-h, 22]].forEach(([v, at]) => raw.writeInt32LE(v, at));
  raw.writeInt16LE(1, 26);
  raw.writeInt16LE(24, 28);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) raw.fill(gray(x, y), 54 + y * row + 3 * x, 57 + y * row + 3 * x);
  return raw;
}

function slice(axis, n) {
  const [w, , d] = volume.dims;
  if (axis === "axial") return bitmap(w, w, (x, y) => voxel(x, y, n));
  return axis === "coronal" ? bitmap(w, d, (x, y) => voxel(x, n, d - 1 - y)) : bitmap(w, d, (x, y) => voxel(n, x, d - 1 - y));
}

/** Opens the theater; `files` are GLBs by name, `changes` what a test wants otherwise in the scene. */
export class Theater {
  asked = [];
  posted = undefined;
  broken = new Set(); // paths that answer 503 for now

  static async open(files, scene) {
    const t = new Theater();
    Object.assign(t, { files, scene });
    t.server = createServer((request, answer) => t.serve(request, answer));
    await new Promise((done) => t.server.listen(0, "127.0.0.1", done));
    t.url = `http://127.0.0.1:${t.server.address().port}`;
    return t;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  serve(request, answer) {
    const url = new URL(request.url, this.url);
    this.asked.push(url.pathname + url.search);
    const send = (kind, body, status = 200) => {
      answer.writeHead(status, { "Content-Type": kind, "Content-Length": Buffer.byteLength(body), "Content-Security-Policy": policy });
      answer.end(body);
    };
    const name = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
    if (this.broken.has(url.pathname)) return send("text/plain", "", 503);
    if (url.pathname === "/") return send("text/html", page(url.searchParams.get("l") ?? "en"));
    if (url.pathname.startsWith("/assets/")) return send(kinds[extname(name)] ?? "application/octet-stream", readFileSync(join(built, url.pathname.slice(8))));
    if (url.pathname === "/scene") return send("application/json", JSON.stringify(this.scene));
    if (this.files[name]) return send("model/gltf-binary", this.files[name]);
    if (url.pathname === "/slice") return send("image/bmp", slice(url.searchParams.get("axis"), Number(url.searchParams.get("index"))));
    if (url.pathname === "/still") return send("image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="200"><rect width="240" height="200" fill="#ddd"/><text x="20" y="40">${url.searchParams.get("turn")}</text></svg>`);
    if (url.pathname === "/picture" && request.method === "POST") return this.take(request, send);
    send("text/plain", "not here", 404);
  }

  take(request, send) {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", async () => {
      const form = await new Response(Buffer.concat(pieces), { headers: { "Content-Type": request.headers["content-type"] } }).formData();
      this.posted = { token: request.headers["x-csrf-token"], view: form.get("view"), title: form.get("title"), note: form.get("note"), field: form.get("csrf_token"), picture: Buffer.from(await form.get("picture").arrayBuffer()) };
      send("application/json", "{}");
    });
  }
}

/** A scene of the phantom: the ball is bone, the peg a guide, stress grows with height and is unknown below the middle. */
export function sceneOf(made) {
  const layer = (id, kind, more) => ({ id, kind, name: id, url: `/part/${kind === "guide" ? "guide" : "bone"}.glb`, bytes: made[kind === "guide" ? "guide" : "bone"].length, triangles: 0, visible: true, ...more });
  return {
    frame: "LPS mm", case: "4KD-93", side: "right", center: [0, 0, 0], radius: 60,
    layers: [layer("bone", "surface"), layer("guide", "guide", { apart: [-30, -30, 0] }), layer("stress", "stress", { url: "/part/bone.glb?stress", values: { url: "/part/values.f32", unit: "MPa", name: "von Mises stress", max: 40, limit: 90, factor_of_risk: 0.44, criterion: "yield" } })],
    planes: [{ id: "A", name: "Lateral", point: [-30, -30, 0], normal: [1, 1, 0], radius: 20, angle: 15 }, { id: "B", name: "Superior", point: [0, -40, 20], normal: [0, 0, 1], radius: 20, angle: 12.5 }],
    landmarks: [{ id: "peg", name: "Peg", point: peg.at }], loads: [{ id: "F", name: "100 N", point: [0, 0, 40], direction: [0, 0, -1] }],
    volume: { ...volume, slice: "/slice?axis=axial&index=" },
    pictures: ["surface", "guide", "stress"].map((view) => ({ view, url: "/still", alt: `The ${view} as the node draws it`, mm: 120, w: 240, h: 200 })),
  };
}

/** Stress of each point: its height, where it is above the middle. */
export function values(points) {
  return Buffer.from(Float32Array.from({ length: points.length / 3 }, (_, i) => (points[3 * i + 2] > 0 ? points[3 * i + 2] : NaN)).buffer);
}
