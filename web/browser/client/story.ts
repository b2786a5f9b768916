// A case through the API by a client whose types are generated from the node's own document: what does not fit the document does not compile.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

/** One surgeon's way through a case: opened, said, planned, operated, followed; read again only where it changed. Gives what a test looks at. */
export async function play(url: string, token: string) {
  const api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
  const opened = await api.POST("/api/v1/cases", {
    body: {
      pathway: "hfs-mvd", title: "Hemifacial spasm, left", urgency: "routine", side: "left", sex: "female", age: 54,
      patient: { name: "周演示", local_number: "A-1" },
      entries: [{ kind: "case.finding", body: { note: "Six years of spasm" } }],
    },
  });
  if (!opened.data) throw new Error(JSON.stringify(opened.error));
  const path = { id: opened.data.id };
  const read = await api.GET("/api/v1/cases/{id}", { params: { path } });
  if (!read.data) throw new Error(JSON.stringify(read.error));
  const tag = read.response.headers.get("etag") ?? "";
  const again = await api.GET("/api/v1/cases/{id}", { params: { path, header: { "If-None-Match": tag } }, parseAs: "text" });
  const say = (kind: string, body: unknown, match?: string, refs: string[] = []) =>
    api.POST("/api/v1/cases/{id}/entries", { params: { path, header: match ? { "If-Match": match } : {} }, body: { kind, body, refs } });
  const question = await say("case.question", { text: "Which vessel?" }, tag);
  const late = await say("case.question", { text: "Which side?" }, tag);
  const wrong = await say("case.question", { text: "Which side?", colour: "red" });
  const plan = await say("case.plan", { version: 1, title: "Endoscopic decompression, left", steps: [{ step: "decompress", text: "Sling" }], signers: [read.data.steward] });
  const planned = plan.data?.hash ? [plan.data.hash] : [];
  const signed = await say("case.plan-signed", { meaning: "approve" }, undefined, planned);
  // The operation lies before the day on which the case was opened: that is asked about, and the reason stays.
  const operated = await say("case.operation", { date: "2026-04-01", procedure: "mvd_endoscopic", confirmed: { odd: ["operation-before-opening"], why: "entered from the paper record" } }, undefined, planned);
  const followed = await say("case.followup", { schedule: "m6", date: "2026-10-01", note: "Free of spasm" });
  const entries: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await api.GET("/api/v1/cases/{id}/entries", { params: { path, query: { limit: 2, after } } });
    if (!page.data) throw new Error(JSON.stringify(page.error));
    entries.push(...(page.data.items ?? []).map((e) => e.kind));
    if (!page.data.next) break;
    after = page.data.next;
  }
  const list = await api.GET("/api/v1/cases", { params: { query: { order: "turn", limit: 1 } } });
  return {
    title: read.data.title, side: read.data.side, again: again.response.status,
    question: question.response.status, late: late.response.status, wrong: wrong.response.status, 
    course: [plan, signed, operated, followed].map((a) => a.error ?? a.response.status),
    entries, listed: list.data?.items?.map((c) => c.id), id: opened.data.id,
  };
}
