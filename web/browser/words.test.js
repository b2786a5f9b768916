// No page shows what only the program should read, and no Chinese page falls back to English: all pages that links lead to are read in both languages, and the answers to
// forms that were sent empty. What people write at this hospital is Chinese, so that every English word on a Chinese page is one that nobody translated.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Hospital, program } from "./hospital.js";
import { Person, launch } from "./person.js";

let browser, hospital;

function say(...args) {
  const r = spawnSync(program, ["case", ...args, "--data", hospital.data, "--as", "zhao", "--json"], { encoding: "utf8" });
  assert.equal(r.status, 0, r.stdout + r.stderr);
  return JSON.parse(r.stdout);
}

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const confirmed = (...odd) => ({ odd, why: "据纸质病历" });

before(async () => {
  hospital = new Hospital("港城医院", "36.0671,120.3826", [
    { username: "zhao", name: "赵敏", roles: ["head_of_department", "surgeon", "coordinator", "administrator", "researcher", "data_protection_officer"] },
    { username: "lin", name: "林海", roles: ["surgeon"] },
  ]);
  await hospital.open();
  for (const pathway of ["hfs-mvd", "knee-replacement-guide"]) {
    const id = say("open", "--body", JSON.stringify({ pathway, title: "左侧，六年", side: "left", urgency: "soon", sex: "female", age: 54 })).id;
    say("append", id, "--kind", "case.question", "--body", JSON.stringify({ text: "可否手术？" }));
    if (pathway !== "hfs-mvd") continue;
    say("append", id, "--kind", "case.operation", "--body", JSON.stringify({ date: day(-400), procedure: "mvd_endoscopic", emergency: "来不及", confirmed: confirmed("operation-before-opening") }));
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await hospital?.remove();
});

// What may stand on a Chinese page in Latin letters: the product and what has no other name. Names in capitals (MRI, DICOM), and one letter or two, always may.
const names = new Set("consilium dev hfs verify syslog likert mm ms english chrome lin zhao neurosurgery age km cm kg doi kappa postgresql sqlite linux prometheus systemd parquet stata redcap odm csv pdf xlsx yaml json zip svg utf gbk mmhg cmh ctrl shift enter esc tab alt https http localhost".split(" "));
const most = 150; // pages in one language
const forPrograms = /^(POST )?\/(studies\/new|studies\/own|packs\/[^/]+\/source)/; // a protocol and a pack are written with the codes of variables

/** Everything that a page says, read in the browser and without drawing it: a list of text, and the addresses that it leads to. */
async function readPage({ path, body }) {
  const answer = await fetch(path, body === undefined ? {} : { method: "POST", body: new URLSearchParams(body), headers: { Accept: "text/html" } });
  if (!(answer.headers.get("Content-Type") ?? "").startsWith("text/html")) return { status: answer.status, texts: [], links: [], forms: [] };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const foreign = (e) => e.closest("script, style, template, code, pre, kbd, svg title, [data-raw], .definition p") || (e.closest("[lang]")?.lang ?? page.documentElement.lang) !== page.documentElement.lang;
  const texts = [];
  const walk = page.createTreeWalker(page.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!foreign(walk.currentNode.parentElement)) texts.push(walk.currentNode.textContent);
  for (const e of page.querySelectorAll("[title], [placeholder], [aria-label], [alt]"))
    if (!foreign(e)) for (const name of ["title", "placeholder", "aria-label", "alt"]) texts.push(e.getAttribute(name) ?? "");
  const links = [...page.querySelectorAll("a[href]")].map((a) => new URL(a.getAttribute("href"), location.origin + path)).filter((u) => u.origin === location.origin).map((u) => u.pathname + u.search);
  const forms = [...page.querySelectorAll("form[data-draft]")].map((form) => ({ path: form.getAttribute("action"), body: [...form.querySelectorAll("input[type=hidden]")].map((i) => [i.name, i.value]) }));
  return { status: answer.status, texts: [...new Set(texts.map((t) => t.replace(/\s+/g, " ").trim()).filter(Boolean))], links, forms };
}

/** What in a text is written for programs: keys of phrases, codes, values that were not filled in. */
function raw(text) {
  return text.match(/\b[a-z]+(?:_[a-z0-9]+)+\b|\b(?:case|visit|visits|images|page|today|people|settings|network|pathway|registry|study|record|stats|erasures|access|fault|stage|waiver|thread)\.[a-z][a-z.-]+\b|\{\{|%!|<nil>|\bundefined\b|\[object|\bmap\[|\bNaN\b/g) ?? [];
}

/** What of a text on a Chinese page nobody translated: a whole line without a Chinese character, or words among them that are no names. */
function english(text) {
  const words = text.replace(/https?:\S+|\S+@\S+|\S*\/\S*|\b[\w-]+\.[\w.]+\b|\b\w+(?:-\w+)*-\w*\d\w*/g, " ").match(/(?<![A-Za-z0-9-])[A-Za-z]?[a-z]{2,}(?![A-Za-z0-9])/g) ?? [];
  const whole = !/\p{Script=Han}/u.test(text);
  return words.filter((word) => !names.has(word.toLowerCase()) && (whole || /^[a-z]/.test(word)));
}

/** One page stands for all that differ in a number, a hash or a name only. */
const like = (path) => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|\b\d+\b|\b[a-z0-9]{12,}\b/g, "*").replace(/([?&](?:draft|after|back|to|ref|_draft))=[^&]*/g, "$1=*");

for (const [code, language] of [["zh", "Chinese"], ["en", "English"]])
  test(`every page is in words, in ${language}`, async () => {
    const zhao = await Person.at(browser, hospital, "Zhao");
    await zhao.signIn("zhao");
    await zhao.page.evaluate(async (lang) => {
      const token = document.querySelector('meta[name="csrf-token"]').content;
      await fetch("/language", { method: "POST", body: new URLSearchParams({ csrf_token: token, lang, back: "/" }) });
    }, code);
    const told = new Map(), seen = new Set(), open = ["/"];
    let pages = 0;
    const judge = (at, texts) => {
      for (const text of texts) {
        const wrong = [...raw(text), ...(code === "zh" ? english(text) : [])];
        if (wrong.length > 0) told.set(text, `${at}: ${wrong.join(", ")} in “${text.slice(0, 120)}”`);
      }
    };
    while (open.length > 0 && pages < most) {
      const path = open.shift();
      const kind = like(path);
      if (seen.has(kind)) continue;
      seen.add(kind);
      const page = await zhao.page.evaluate(readPage, { path });
      pages++;
      if (!forPrograms.test(path)) judge(path, page.texts);
      for (const link of page.links) if (!seen.has(like(link)) && !/^\/(sign-out|assets|api)\b|\.(pdf|csv|ics|zip)\b/.test(link)) open.push(link);
      for (const form of page.forms) {
        const sent = `POST ${like(form.path)}`;
        if (seen.has(sent)) continue;
        seen.add(sent);
        const answer = await zhao.page.evaluate(readPage, form);
        if (!forPrograms.test(sent)) judge(sent, answer.texts);
      }
    }
    assert.ok(pages > 40, `${pages} pages were found`);
    assert.deepEqual([...told.values()], [], `raw words on ${pages} pages`);
    await zhao.context.close();
  });
