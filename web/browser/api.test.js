// The document of the API holds: redocly finds no error in it, and a client generated from it by openapi-typescript compiles and works.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hospital, root } from "./hospital.js";

const folder = join(root, "test-results", "client");
const at = (name) => join(folder, name);
let hospital;

function tool(name, ...args) {
  const r = spawnSync(join(root, "node_modules", ".bin", name), args, { encoding: "utf8", cwd: root, env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" } });
  assert.equal(r.status, 0, `${name} ${args.join(" ")}:\n${r.error ?? ""}${r.stdout}${r.stderr}`);
}

before(async () => {
  mkdirSync(folder, { recursive: true });
  hospital = new Hospital("Harbor City Hospital", "36.0671,120.3826", [{ username: "lin", name: "Dr. Lin Hai", roles: ["surgeon", "head_of_department"] }]);
  await hospital.open();
  const document = await fetch(`${hospital.url}/api/v1/openapi.json`);
  writeFileSync(at("openapi.json"), await document.text());
});

after(() => hospital?.remove());

test("the document has no error", () => tool("redocly", "lint", at("openapi.json")));

test("a generated client plays a case", async () => {
  tool("openapi-typescript", at("openapi.json"), "-o", at("api.d.ts"));
  copyFileSync(join(root, "web", "browser", "client", "story.ts"), at("story.ts"));
  tool("tsc", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "--lib", "es2022,dom", at("story.ts"));
  const { play } = await import(at("story.js"));
  const said = await play(hospital.url, hospital.token("lin"));
  assert.equal(said.title, "Hemifacial spasm, left");
  assert.deepEqual([said.again, said.question, said.late, said.wrong], [304, 200, 412, 400]);
  assert.deepEqual(said.course, [200, 200, 200, 200]);
  for (const kind of ["case.opened", "case.finding", "case.question", "case.plan", "case.plan-signed", "case.operation", "case.followup"]) assert.ok(said.entries.includes(kind), `${kind} is not among ${said.entries}`);
  assert.equal(said.entries.filter((kind) => kind === "case.question").length, 1);
  assert.deepEqual(said.listed, [said.id]);
});
