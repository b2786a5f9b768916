// The client that most viewers use speaks to the archive: stores, searches, and fetches what it stored, bit for bit.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./hospital.js";
import { launch } from "./person.js";

const script = createRequire(import.meta.url).resolve("dicomweb-client");
const sample = (name) => readFileSync(new URL(`../../imaging/dicom/testdata/zoo/${name}`, import.meta.url));

let browser, archive, folder, url;

// serve starts an archive that stands alone, and waits until it says where.
function serve() {
  folder = mkdtempSync(join(tmpdir(), "dicomweb-"));
  archive = spawn(program, ["dicom", "serve", "--folder", folder, "--dicom", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
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

before(async () => {
  url = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  archive?.kill();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

// client opens an empty page of the archive's own origin with the client in it, as a viewer that is served from there.
async function client() {
  const page = await browser.newPage();
  const origin = new URL(url).origin;
  await page.route(`${origin}/viewer`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Viewer</title>" }));
  await page.goto(`${origin}/viewer`);
  await page.addScriptTag({ path: script });
  return page;
}

test("dicomweb-client stores, searches and retrieves", async () => {
  const page = await client();
  const files = ["CT_small.dcm", "MR_small_RLE.dcm"].map((name) => sample(name).toString("base64"));
  const seen = await page.evaluate(
    async ([url, files]) => {
      const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
      const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join(""));
      const client = new window.DICOMwebClient.api.DICOMwebClient({ url });
      await client.storeInstances({ datasets: files.map(bytes) });
      const studies = await client.searchForStudies({ queryParams: { PatientID: "1CT1" } });
      const ids = { studyInstanceUID: studies[0]["0020000D"].Value[0] };
      const series = await client.searchForSeries(ids);
      ids.seriesInstanceUID = series[0]["0020000E"].Value[0];
      const instances = await client.searchForInstances(ids);
      ids.sopInstanceUID = instances[0]["00080018"].Value[0];
      const metadata = await client.retrieveStudyMetadata(ids);
      const frames = await client.retrieveInstanceFrames({ ...ids, frameNumbers: [1] });
      const bulk = await client.retrieveBulkData({ BulkDataURI: metadata[0]["7FE00010"].BulkDataURI });
      const rendered = await client.retrieveInstanceRendered(ids);
      return {
        studies: (await client.searchForStudies()).length,
        none: (await client.searchForStudies({ queryParams: { PatientID: "nobody" } })).length,
        rows: metadata[0]["00280010"].Value[0],
        instance: text(await client.retrieveInstance(ids)),
        study: (await client.retrieveStudy(ids)).length,
        frame: text(frames[0]),
        bulk: text(bulk[0]),
        rendered: text(rendered[0]),
      };
    },
    [url, files],
  );
  const ct = sample("CT_small.dcm");
  const pixels = ct.subarray(ct.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00])) + 12).subarray(0, 128 * 128 * 2);
  assert.equal(seen.studies, 2);
  assert.equal(seen.none, 0);
  assert.equal(seen.rows, 128);
  assert.equal(seen.study, 1);
  assert.ok(Buffer.from(seen.instance, "base64").includes(pixels), "the instance has its pixels");
  assert.ok(Buffer.from(seen.frame, "base64").equals(pixels), "the frame is bit for bit what was sent");
  assert.ok(Buffer.from(seen.bulk, "base64").equals(pixels), "and so is the bulk data");
  assert.equal(Buffer.from(seen.rendered, "base64").subarray(0, 2).toString("hex"), "ffd8", "a rendered picture is JPEG unless another is asked for");
});
