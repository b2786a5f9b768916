// A researcher asks a question of the hospital's own registry, the head sees what would leave and approves, the node computes, and the report is read and signed.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hospital, password } from "./hospital.js";
import { Person, launch, phone } from "./person.js";
import { Story } from "./story.js";

const mapping = `pathway: hfs-mvd
source: Register
number: record
name: patient
title: Decompression (register)
age: age
sex: {column: sex, codes: {F: female, M: male}}
side: {column: side, codes: {L: left, R: right}}
entries:
  - kind: operation
    form: operation
    date: operated
    procedure: {column: technique, codes: {endoscopic: mvd_endoscopic, microscopic: mvd_microscopic}}
    guidance: {always: none}
    values:
      procedure: {column: technique, codes: {endoscopic: mvd_endoscopic, microscopic: mvd_microscopic}}
      technique: {column: technique, codes: {endoscopic: fully_endoscopic, microscopic: microscopic}}
      side: {column: side, codes: {L: left, R: right}}
      surgical_level: {always: "4"}
      skin_to_skin: minutes
`;

const protocol = `format: 1
id: mvd-time
title: "How long does a decompression take? | 减压术需要多长时间？"
question: "Does the endoscope take longer?"
pathway: hfs-mvd
variables:
  technique: {type: category, levels: [microscopic, fully_endoscopic]}
  age: {type: number, unit: a, value: age_at_opening, center: 55, scale: 10}
  minutes: {type: number, unit: min, value: skin_to_skin, center: 150, scale: 40}
exposure: technique
outcomes:
  operating_time: {type: number, value: minutes}
analyses:
  - {id: table1, method: describe, by: technique, of: [age, minutes]}
  - {id: primary, role: primary, method: linear, outcome: operating_time, terms: [technique, age], center: fixed}
missing: {method: complete}
privacy: {min_patients: 5}
`;

/** A register in which the endoscope takes twenty minutes longer. */
function register() {
  const rows = ["record,patient,age,sex,side,operated,technique,minutes"];
  for (let i = 0; i < 40; i++) {
    const endoscopic = i % 2 === 1;
    rows.push([100 + i, `Patient ${String.fromCharCode(65 + (i % 26))}${i}`, 40 + ((i * 3) % 35), i % 4 < 2 ? "F" : "M", i % 2 ? "L" : "R", `2024-03-${String(1 + (i % 28)).padStart(2, "0")}`,
      endoscopic ? "endoscopic" : "microscopic", 140 + ((i * 7) % 23) + (endoscopic ? 20 : 0)].join(","));
  }
  return rows.join("\n") + "\n";
}

let browser, harbor, researcher, head;

before(async () => {
  harbor = new Hospital("Harbor City Hospital", "36.0671,120.3826", [
    { username: "ma", name: "Ma Rui", roles: ["administrator"] },
    { username: "jiang", name: "Dr. Jiang Ping", roles: ["researcher"] },
    { username: "zhao", name: "Dr. Zhao Min", roles: ["surgeon", "head_of_department"] },
  ]);
  await harbor.open();
  const [map, table] = [join(harbor.folder, "mapping.yaml"), join(harbor.folder, "register.csv")];
  writeFileSync(map, mapping);
  writeFileSync(table, register());
  harbor.run("import", "--data", harbor.data, "--as", "zhao", "--mapping", map, table, "--json");
  harbor.run("registry", "waiver", "grant", "hfs-mvd", "--data", harbor.data, "--as", "zhao", "--ethics", "2026-7", "--purpose", "How long a decompression takes, by technique");
  browser = await launch();
  [researcher, head] = [await Person.at(browser, harbor, "Dr. Jiang"), await Person.at(browser, harbor, "Dr. Zhao")];
});

after(async () => {
  await browser?.close();
  await harbor?.remove();
});

test("a study", async (t) => {
  const story = new Story(t);
  story.people = [researcher, head];
  const step = (name, play) => story.step(name, play);
  let path;

  await step("an empty page teaches what a study is", async () => {
    await researcher.signIn("jiang", password);
    await researcher.open("/studies");
    await researcher.sees("No study yet");
    await researcher.isAccessible("no studies");
    await researcher.follow("New study");
  });

  await step("every mistake of a protocol is named by its line, and what was typed is kept", async () => {
    await researcher.isAccessible("a new study");
    await researcher.fill({ source: protocol.replace("terms: [technique, age]", "terms: [technique, agee]") });
    await researcher.press("Begin the study");
    await researcher.sees("The protocol has 1 mistake.");
    await researcher.sees(/15: .*agee/);
    assert.match(await researcher.page.locator("[name=source]").inputValue(), /agee/);
  });

  await step("a protocol without mistakes begins the study", async () => {
    await researcher.fill({ source: protocol });
    await researcher.press("Begin the study");
    await researcher.sees("The study has begun.");
    await researcher.sees(researcher.page.getByRole("heading", { name: "Does the endoscope take longer?" }));
    path = new URL(researcher.page.url()).pathname;
    await researcher.isAccessible("a study that asks");
  });

  await step("the head sees what would leave, and approves", async () => {
    await head.signIn("zhao", password);
    await head.sees("Read the protocol, and approve or decline it");
    await head.open(`${path}/own`);
    await head.sees("0 patients of this hospital in the cohort");
    await head.fill({ waiver: "2026-7" });
    await head.press("Work it out again");
    await head.sees("40 patients of this hospital in the cohort");
    await head.isAccessible("what would leave");
    await head.follow("Approve the protocol");
    await head.fill({ ethics: "Committee, 2026-7", waiver: "2026-7" });
    await head.press("Approve and sign");
    await head.sees("Approved");
  });

  await step("the node computes by itself, and the report says no more than its interval", async () => {
    await researcher.open(path);
    await researcher.follow("Begin a run");
    await researcher.press("Begin the run");
    await researcher.sees("Result waits for signatures"); // the page is told, also of what came between drawing it and its first listening
    await researcher.sees(/More operating time: .*Fully endoscopic v .*icroscopic, difference 2\d\.\d \(1\d\.\d to 2\d\.\d\)/);
    await researcher.sees("What this study cannot tell");
    await researcher.isAccessible("a report");
    const figure = await researcher.page.request.get(`${harbor.url}${path}/figures/primary.pdf`);
    assert.equal(figure.status(), 200);
    assert.match((await figure.body()).subarray(0, 5).toString(), /%PDF-/);
    const whole = await researcher.page.request.get(await researcher.page.getByRole("link", { name: "Report as PDF" }).getAttribute("href").then((at) => harbor.url + at));
    assert.equal(whole.headers()["content-type"], "application/pdf");
    assert.match((await whole.body()).subarray(0, 5).toString(), /%PDF-/);
    if (process.env.STUDY_PDF) writeFileSync(process.env.STUDY_PDF, await whole.body()); // to be looked at
  });

  await step("the head signs the result in Chinese on a phone", async () => {
    await head.page.setViewportSize(phone);
    await head.open(path);
    await head.press("中文");
    await head.sees("本研究不能说明什么");
    await head.isAccessible("a report in Chinese");
    await head.picture("study-phone");
    await head.follow("签署结果");
    await head.press("签署结果");
    await head.sees("已签署");
  });
});
