// A hospital's history comes in from a table of another program: read, mapped by clicking, tried, imported, and the refused rows downloaded.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Hospital } from "./hospital.js";
import { Person, desk, launch, phone } from "./person.js";
import { Story } from "./story.js";

const table = {
  name: "history.csv", mimeType: "text/csv",
  buffer: Buffer.from("no;name;sex;age;op_date;op;blood\n1;Zhou Yi;F;54;4.3.2021;M;50\n2;Wang Er;M;61;7.3.2021;E;80\n3;Li San;?;47;8.3.2021;E;lots\n4;\"Qian Si;M;50;9.3.2021;E;20\n5;Sun Wu;M;39;10.3.2021;M;30\n", "utf8"),
};

let browser, hospital, head;

before(async () => {
  hospital = new Hospital("Harbor City Hospital", "36.0671,120.3826", [{ username: "zhao", name: "Dr. Zhao Min", roles: ["surgeon", "head_of_department", "administrator"] }]);
  await hospital.open();
  browser = await launch();
  head = await Person.at(browser, hospital, "Dr. Zhao");
});

after(async () => {
  await browser?.close();
  await hospital?.remove();
});

test("a history is imported by clicking", async (t) => {
  const story = new Story(t);
  story.people = [head];
  const step = (name, play) => story.step(name, play);
  const column = (name) => head.press(new RegExp(`^${name}\\b`), { within: head.page.locator(".columns"), exact: false });
  const becomes = (name) => head.press(name, { within: head.page.locator(".goals .goal-list") });
  const of = async (place) => {
    await head.fill({ place: { text: place } });
    await head.press("Show");
  };

  await step("the table shows how it reads", async () => {
    await head.signIn("zhao");
    await head.open("/settings/import");
    await head.fill({ table });
    await head.isAccessible("the import");
    await head.press("Go on");
    await head.sees("The file itself proves it.");
    await head.sees("Zhou Yi");
    assert.equal(await head.page.locator('[name="separator"][value="semicolon"]').isChecked(), true);
    await head.isAccessible("how a table reads");
    await head.press("It reads right");
  });

  await step("columns become what they are", async () => {
    await head.fill({ pathway: { text: "Hemifacial spasm" }, title: "Hemifacial spasm", source: "old register", dates: { text: "31.12.2025" } });
    await head.press("Take this over");
    for (const [name, goal] of [["no", "Local number"], ["name", "Name"], ["age", "Age in years"], ["sex", "Sex"]]) {
      await column(name);
      await becomes(goal);
    }
    await head.fill({ code: { text: "no answer: unknown" } }, head.page.locator(".use tr", { hasText: "?" }));
    const sexes = { F: "female", M: "male" };
    for (const [cell, code] of Object.entries(sexes)) await head.fill({ code }, head.page.locator(".use tr").filter({ has: head.page.getByRole("rowheader", { name: cell, exact: true }) }));
    await head.press("Take these meanings");
    await column("op_date");
    await of("Operation record");
    await becomes("Date");
    await column("op");
    await becomes("Procedure");
    for (const [cell, word] of [["M", "icroscopic"], ["E", "ndoscopic"]]) await head.fill({ code: { text: word } }, head.page.locator(".use tr").filter({ has: head.page.getByRole("rowheader", { name: cell, exact: true }) }));
    await head.press("Take these meanings");
    await column("blood");
    await becomes("Estimated blood loss");
    await head.isAccessible("the mapping");
    const yaml = await head.page.locator("#yaml").innerText();
    for (const line of ["pathway: hfs-mvd", "separator: ;", 'number: "no"', "blood_loss: blood", "M: male"]) assert.ok(yaml.includes(line), `${line} is missing in\n${yaml}`);
    for (const [lang, theme, size, on] of [["en", "light", desk, "desk"], ["en", "light", phone, "phone"], ["en", "dark", phone, "phone"], ["en", "dark", desk, "desk"]]) {
      await head.page.emulateMedia({ colorScheme: theme });
      await head.page.setViewportSize(size);
      await head.settles();
      await head.fits();
      await head.picture(`import-${lang}-${theme}-${on}`, { fullPage: true });
    }
    await head.page.emulateMedia({ colorScheme: "light" });
    await head.page.setViewportSize(desk);
  });

  await step("a trial keeps nothing and says what would come of it", async () => {
    await head.press("Try it, keep nothing");
    await head.sees("Nothing was kept");
    await head.sees("Import it now");
    await head.open("/cases");
    assert.equal(await head.page.getByText("Zhou Yi").count(), 0);
    await head.page.goBack();
  });

  await step("the import counts every row and gives the refused ones back", async () => {
    await head.press("Import it now");
    await head.sees("Download the refused rows");
    const count = async (label) => Number(await head.page.locator("dt", { hasText: label }).locator("xpath=following-sibling::dd[1]").innerText());
    const [taken, known, refused, rows] = [await count("Taken"), await count("Here already"), await count("Refused"), await count("Rows in all")];
    assert.deepEqual([taken, known, refused, rows], [3, 0, 2, 5]);
    await head.isAccessible("what an import came to");
    await head.picture("import-job-en", { fullPage: true });
    const [file] = await Promise.all([head.page.waitForEvent("download"), head.page.getByRole("link", { name: "Download the refused rows" }).click()]);
    const text = readFileSync(await file.path(), "utf8");
    assert.match(text, /^\ufeffno,name,sex,age,op_date,op,blood,why,line,text\r?\n/);
    assert.match(text, /Li San/);
    assert.match(text, /Qian Si/);
    await head.open("/cases?state=closed&q=Zhou"); // every appointment of it is past
    await head.sees("Zhou Yi");
  });

  await step("in Chinese, in both themes", async () => {
    await head.context.addCookies([{ name: "lang", value: "zh", url: hospital.url }]);
    await head.open("/settings/import");
    await head.page.locator('a[href^="/settings/import/"]').nth(1).click(); // the trial
    await head.sees("修改对应关系");
    await head.follow("修改对应关系");
    await head.press(/^sex\b/, { within: head.page.locator(".columns"), exact: false });
    for (const [theme, size, on] of [["light", desk, "desk"], ["dark", desk, "desk"], ["light", phone, "phone"], ["dark", phone, "phone"]]) {
      await head.page.emulateMedia({ colorScheme: theme });
      await head.page.setViewportSize(size);
      await head.settles();
      await head.fits();
      await head.picture(`import-zh-${theme}-${on}`, { fullPage: true });
    }
  });
});
