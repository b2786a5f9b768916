// OHIF, the viewer that many hospitals have, over the archive's DICOMweb: it lists, opens, scrolls, measures, and stores what it measured.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { root } from "./hospital.js";
import { launch } from "./person.js";

const ohif = "@ohif/app@3.13.2";
const cache = join(root, "node_modules", ".cache", "ohif");
let browser, archive, folder, dicomweb, server, origin;

/** The built viewer as npm has it: 200 MB unpacked, kept between runs. */
function fetchViewer() {
  const dist = join(cache, "package", "dist");
  if (existsSync(join(dist, "index.html"))) return dist;
  mkdirSync(cache, { recursive: true });
  const packed = spawnSync("npm", ["pack", "--silent", ohif], { cwd: cache, encoding: "utf8" });
  assert.equal(packed.status, 0, packed.stderr);
  assert.equal(spawnSync("tar", ["xzf", packed.stdout.trim()], { cwd: cache }).status, 0);
  return dist;
}

/** An archive that stands alone, with a real head of 40 slices in it. */
async function openArchive() {
  const zip = join(folder, "head.zip");
  const made = spawnSync("go", ["run", "./demo/headct", zip, "40", "2026-11-24", "A4711"], { cwd: root, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const images = join(folder, "images");
  const taken = spawnSync("bin/consilium", ["dicom", "import", "--folder", images, zip], { cwd: root, encoding: "utf8" });
  assert.equal(taken.status, 0, taken.stderr);
  archive = spawn("bin/consilium", ["dicom", "serve", "--folder", images, "--dicom", "127.0.0.1:0", "--http", "127.0.0.1:0"], { cwd: root });
  return new Promise((resolve, reject) => {
    let said = "";
    archive.on("exit", () => reject(new Error(`the archive ended: ${said}`)));
    archive.stderr.on("data", (b) => (said += b));
    archive.stdout.on("data", (b) => {
      said += b;
      const found = said.match(/DICOMweb +(\S+)/);
      if (found) resolve(found[1]);
    });
  });
}

const config = `window.config = { routerBasename: null, extensions: [], modes: [], customizationService: {}, showStudyList: true, maxNumberOfWebWorkers: 2,
  defaultDataSourceName: "dicomweb", dataSources: [{ namespace: "@ohif/extension-default.dataSourcesModule.dicomweb", sourceName: "dicomweb",
  configuration: { friendlyName: "Consilium", name: "consilium", wadoUriRoot: "/dicomweb", qidoRoot: "/dicomweb", wadoRoot: "/dicomweb", qidoSupportsIncludeField: true,
  supportsFuzzyMatching: false, supportsWildcard: true, imageRendering: "wadors", thumbnailRendering: "wadors", enableStudyLazyLoad: true, dicomUploadEnabled: false,
  bulkDataURI: { enabled: true } } }], investigationalUseDialog: { option: "never" } };`;

const kinds = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png" };

/** The viewer's files, and the archive below /dicomweb, as a hospital puts both behind one address. */
function serve(dist) {
  const to = new URL(dicomweb);
  server = createServer((q, a) => {
    if (q.url.startsWith("/dicomweb")) {
      const forward = request({ host: to.hostname, port: to.port, path: to.pathname.replace(/\/$/, "") + q.url.slice("/dicomweb".length), method: q.method, headers: q.headers }, (r) => {
        a.writeHead(r.statusCode, r.headers);
        r.pipe(a);
      });
      forward.on("error", () => a.destroy());
      return q.pipe(forward);
    }
    const path = normalize(decodeURIComponent(new URL(q.url, "http://x").pathname));
    if (path === "/app-config.js") return a.writeHead(200, { "Content-Type": "text/javascript" }).end(config);
    let file = join(dist, path);
    if (!existsSync(file) || statSync(file).isDirectory()) file = join(dist, "index.html");
    a.writeHead(200, { "Content-Type": kinds[extname(file)] ?? "application/octet-stream", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" });
    createReadStream(file).pipe(a);
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(`http://127.0.0.1:${server.address().port}`)));
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "ohif-"));
  dicomweb = await openArchive();
  origin = await serve(fetchViewer());
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
  archive?.kill();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const search = async (path) => (await fetch(`${dicomweb}${path}`, { headers: { Accept: "application/dicom+json" } })).json();

test("OHIF lists, opens, scrolls, measures and stores", async () => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(60_000);
  const shot = (name) => page.screenshot({ path: join(root, "test-results", `ohif-${name}.png`) });
  try {
    await page.goto(origin);
    await page.getByText("ZHOU").first().waitFor();
    await shot("list");
    const studies = await search("/studies");
    await page.goto(`${origin}/viewer?StudyInstanceUIDs=${studies[0]["0020000D"].Value[0]}`);
    const tour = page.getByText("Skip all");
    await tour.waitFor();
    await tour.click();
    const image = page.locator(".cornerstone-canvas, .cornerstone-viewport-element canvas").first();
    await image.waitFor();
    await page.getByText(/\(\d+\/40\)/).first().waitFor();
    const before = await page.getByText(/\(\d+\/40\)/).first().innerText();
    const place = await image.boundingBox();
    await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2);
    await page.mouse.wheel(0, 300);
    for (let n = 0; n < 50 && (await page.getByText(/\(\d+\/40\)/).first().innerText()) === before; n++) await page.waitForTimeout(100);
    assert.notEqual(await page.getByText(/\(\d+\/40\)/).first().innerText(), before, "scrolling shows another slice");
    await shot("open");
    await page.locator('[data-cy="MeasurementTools-split-button-primary"]').click();
    const box = await image.boundingBox();
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.45, { steps: 15 });
    await page.mouse.up();
    const track = page.locator('[data-cy="prompt-begin-tracking-yes-btn"]');
    await track.waitFor({ timeout: 8_000 }).then(() => track.click()).catch(() => {});
    await page.getByText(/\d+(\.\d+)? mm/).first().waitFor();
    await shot("measured");
    if (!(await page.getByText("Create SR").first().isVisible())) await page.locator('[data-cy="trackedMeasurements-btn"], [data-cy$="easurements-btn"]').first().click();
    await page.getByText("Create SR").first().click();
    await shot("report");
    await page.locator("input:visible").last().fill("Length of the frontal bone");
    await page.getByRole("button", { name: /save/i }).last().click();
    let reports = [];
    for (let n = 0; n < 100 && reports.length === 0; n++) {
      await page.waitForTimeout(100);
      reports = (await search("/series")).filter((s) => s["00080060"].Value[0] === "SR");
    }
    assert.equal(reports.length, 1, "the archive has the report that OHIF stored");
    const [instance] = await search(`/studies/${reports[0]["0020000D"].Value[0]}/series/${reports[0]["0020000E"].Value[0]}/metadata`);
    assert.match(JSON.stringify(instance), /126010|Imaging Measurement/, "it is a report by TID 1500");
    await shot("stored");
  } catch (e) {
    await shot("failed");
    throw e;
  }
  await page.close();
});
