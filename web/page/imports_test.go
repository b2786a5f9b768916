package page

import (
	"bytes"
	"context"
	"html"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"consilium/desk"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/store"
)

const importMapping = `pathway: hfs-mvd
source: hospital database
dates: 2006-01-02
missing: {"": unknown}
number: case_no
name: name
title: Hemifacial spasm
age: age
sex: {column: sex, codes: {F: female, M: male}}
`

// sends posts files under the names of their fields, as a browser does.
func (b *browser) sends(path string, files map[string]string) answer {
	b.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	b.must(form.WriteField("csrf_token", b.token))
	for name, text := range files {
		part, err := form.CreateFormFile(name, name+".txt")
		b.must(err)
		_, err = part.Write([]byte(text))
		b.must(err)
	}
	b.must(form.Close())
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.web.URL+path, &body)
	b.must(err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(r)
}

// work does the import that waits.
func (w *world) work() {
	w.Helper()
	s := w.desk.DB.(testDB).Store
	over := make(chan bool)
	w.must(s.StartJobs(w.Context(), store.JobOptions{Work: []store.JobWork{{Kind: desk.ImportJob, Do: func(ctx context.Context, j jobs.Job, report func(jobs.Progress)) (jobs.Result, error) {
		defer close(over)
		return w.desk.Import(ctx, j, report)
	}}}}))
	<-over
	w.must(s.StopJobs(w.Context()))
}

func TestAHistoryIsImported(t *testing.T) {
	w := newWard(t)
	w.hire("he", people.Coordinator)
	he := w.signedIn("he")
	if a := w.trainee.get("/settings/import"); a.status != http.StatusForbidden {
		t.Errorf("a trainee imports: %d", a.status)
	}
	he.sees("/settings/import", "Nothing was imported yet", "Go on")
	table := "case_no,name,age,sex\nA1,张一,60,F\nA2,李二,old,F\nA3,王三,58,M\n"
	for field, files := range map[string]map[string]string{"Choose a file": {"mapping": importMapping}, "The mapping does not fit": {"mapping": "pathway: unheard-of\n", "table": table}} {
		if a := he.sends("/settings/import", files); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, field) {
			t.Errorf("%s: %d %s", field, a.status, a.text())
		}
	}
	stopped := he.sends("/settings/import", map[string]string{"mapping": importMapping, "table": table})
	if stopped.status != http.StatusSeeOther {
		t.Fatalf("%d %s", stopped.status, stopped.text())
	}
	page := stopped.header.Get("Location")
	if a := he.sees(page, "Waiting", "Stop the import"); a.header.Get("Refresh") == "" {
		t.Error("the page of a job under way does not come again by itself")
	}
	he.takes(page+"/cancel", nil)
	if a := he.sees(page, "Cancelled"); a.header.Get("Refresh") != "" || strings.Contains(a.body, "Stop the import") {
		t.Error("a job that is over is still followed")
	}

	page = he.sends("/settings/import", map[string]string{"mapping": importMapping, "table": table}).header.Get("Location")
	w.work()
	he.sees(page, "Done", "Taken: cases opened", "Rows in all", "Rows that could not be taken over", "old", "Download the refused rows")
	he.sees("/settings/import", "Import of earlier cases", "Cancelled", "2 cases opened")
	he.sees("/cases", "张一", "王三")
	he.post("/language", url.Values{"lang": {"zh"}})
	he.sees(page, "已导入：新建、更正或补充的病例", "下载被拒绝的行")
	if a := w.trainee.post(page+"/cancel", nil); a.status != http.StatusForbidden {
		t.Errorf("a trainee stops an import: %d", a.status)
	}
}

// mappingOf is the mapping that a page of the wizard carries along.
func mappingOf(t *testing.T, a answer) string {
	t.Helper()
	found := regexp.MustCompile(`name="mapping" value="([^"]*)"`).FindStringSubmatch(a.body)
	if a.status != http.StatusOK || found == nil {
		t.Fatalf("%d %s", a.status, a.text())
	}
	return html.UnescapeString(found[1])
}

func TestATableIsMappedByClicking(t *testing.T) {
	w := newWard(t)
	w.hire("he", people.Coordinator)
	w.hire("she", people.Coordinator)
	he := w.signedIn("he")
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("编号;姓名;性别;年龄\nA1;张一;女;60\nA2;李二;男;不详\nA3;王三;未知;58\n")
	w.must(err)
	page := he.sends("/settings/import", map[string]string{"table": gbk}).header.Get("Location")
	a := he.sees(page, "Nothing in the file proves it", "张一", "It reads right")
	if strings.Contains(a.body, "What each column is") {
		t.Error("columns are mapped before anybody has said that the table reads right")
	}
	if a := w.signedIn("she").get(page); a.status != http.StatusNotFound {
		t.Errorf("another's table is shown: %d", a.status)
	}
	mapping := mappingOf(t, a)
	press := func(do string, more url.Values) answer {
		t.Helper()
		form := url.Values{"mapping": {mapping}, "do": {do}}
		maps.Copy(form, more)
		a := he.post(page, form)
		mapping = mappingOf(t, a)
		return a
	}
	press("confirm", url.Values{"encoding": {"gb18030"}, "separator": {"semicolon"}})
	about := url.Values{"pathway": {"hfs-mvd"}, "title": {"Hemifacial spasm"}, "source": {"old table"}, "urgency": {"routine"}, "dates": {"2006-01-02"}, "decimal": {"."}, "corrections": {"refuse"}}
	press("settle", about)
	for column, goal := range map[string]string{"编号": "///number", "姓名": "///name", "性别": "///sex", "年龄": "///age"} {
		press("goal:"+goal, url.Values{"column": {column}})
	}
	if a := press("column:性别", nil); !strings.Contains(a.body, "What its cells mean") || !strings.Contains(mapping, "女: female") {
		t.Errorf("what the pack calls its codes is not understood:\n%s", mapping)
	}
	press("codes", url.Values{"column": {"性别"}, "goal": {"///sex"}, "cell": {"未知"}, "code": {"~unknown"}})
	if !strings.Contains(mapping, "未知: unknown") || !strings.Contains(mapping, "encoding: gb18030") {
		t.Errorf("the mapping:\n%s", mapping)
	}
	tried := he.post(page, url.Values{"mapping": {mapping}, "do": {"try"}}).header.Get("Location")
	w.work()
	he.sees(tried, "Nothing was kept", "Import it now", "Change the mapping", "不详")
	he.sees(page+"?job="+path.Base(tried), "gb18030", "What each column is")
	done := he.post(tried+"/again", nil).header.Get("Location")
	w.work()
	he.sees(done, "Done", "Download the refused rows")
	if file := he.get(done + "/file"); !strings.Contains(file.body, "李二") || strings.Contains(file.body, "张一") {
		t.Errorf("the refused rows: %q", file.body)
	}
	he.sees("/cases", "张一", "王三")
}

func TestTheSeriesOfANumberIsShownAndKept(t *testing.T) {
	w := newWard(t)
	w.hire("he", people.Coordinator)
	he := w.signedIn("he")
	he.sends("/settings/import", map[string]string{"mapping": importMapping + "series: clinic B\n", "table": "case_no,name,age,sex\nA1,张一,60,F\n"})
	w.work()
	address := regexp.MustCompile(`/cases/[^"/?#]{20,}`).FindString(he.sees("/cases", "张一").body) + "/identity"
	he.sees(address, "Series of that number", "clinic B")
	he.takes(address, url.Values{"patient_name": {"张一一"}, "local_number": {"A1"}})
	he.sees(address, "张一一", "clinic B")
}

var packLink = regexp.MustCompile(`/settings/packs/elsewhere/[0-9a-f]{64}`)

func TestPacksSayWhereTheyComeFrom(t *testing.T) {
	w := newWard(t)
	w.open(w.surgeon) // brings along the shipped pack, which is in force
	root := w.signedIn("root")
	root.sees("/settings/packs", "Hemifacial spasm", "The program", "None. Every pack that cases came with", "consilium pathway adopt FILE")
	root.sees("/settings/packs/hfs-mvd", "The program", "SHA-256", "Sources")

	text := strings.Replace(string(pathway.Find("hfs-mvd").Source()), "version: 1.0.0", "version: 9.1.0", 1)
	hash, size, err := w.desk.Blobs.Put(w.Context(), strings.NewReader(text), 1<<20)
	w.must(err)
	id := w.openCase("surgeon", "with a pack of its own", "")
	w.say("surgeon", ledger.Draft{Thread: id, Kind: "case.finding", Says: map[string]string{"note": "its pack"}, Blobs: []ledger.BlobRef{{Hash: hash, Size: size, Type: desk.PackType, Label: "<b>x"}}})
	page := root.sees("/settings/packs", "9.1.0", "hfs-mvd@9.1.0.yaml", "Ward Hospital")
	link := packLink.FindString(page.body)
	file := root.sees(link, "version: 9.1.0")
	if file.body != text || !strings.Contains(file.header.Get("Content-Disposition"), "hfs-mvd@9.1.0.yaml") {
		t.Errorf("downloaded as %v", file.header)
	}
	if a := w.surgeon.get(link); a.status != http.StatusForbidden {
		t.Errorf("a surgeon downloads a pack from the settings: %d", a.status)
	}
	secret, size, err := w.desk.Blobs.Put(w.Context(), strings.NewReader("a report that names somebody"), 1<<20)
	w.must(err)
	w.say("surgeon", ledger.Draft{Thread: id, Kind: "case.finding", Says: map[string]string{"note": "a report"}, Blobs: []ledger.BlobRef{{Hash: secret, Size: size, Type: "text/plain", Label: "report"}}})
	if a := root.get("/settings/packs/elsewhere/" + secret.String()); a.status != http.StatusNotFound {
		t.Errorf("an administrator reads a file of a case as if it were a pack: %d", a.status)
	}

	adopted, err := pathway.Load([]byte(text), "hfs.yaml")
	w.must(err)
	w.desk.AllPacks = func() []*pathway.Pack { return append(allPacks(), adopted) }
	w.desk.Packs = func(id, version string) *pathway.Pack {
		if id == adopted.ID && (version == "" || version == adopted.Version) {
			return adopted
		}
		return pathway.Find(id)
	}
	if a := root.sees("/settings/packs", "Adopted here", "9.1.0"); packLink.MatchString(a.body) {
		t.Error("a pack that is in force is told as if it were not")
	}
}

func TestFaultsOfAnImportAreToldInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	w.hire("he", people.Coordinator)
	he := w.signedIn("he")
	he.post("/language", url.Values{"lang": {"zh"}})
	wrong := importMapping + "entries:\n  - {kind: operation, form: operation, date: day, values: {nothing_there: {column: x}}}\n"
	a := he.sends("/settings/import", map[string]string{"mapping": wrong, "table": "case_no,name,age,sex\n"})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "表单“operation”中没有“nothing_there”这一项") {
		t.Errorf("a mapping that does not fit: %d %s", a.status, a.text())
	}
	page := he.sends("/settings/import", map[string]string{"mapping": importMapping, "table": "case_no,name,age,sex\nA2,李二,old,F\nA3,\"王\"三,58,M\n"}).header.Get("Location")
	w.work()
	if a = he.sees(page, "第 2 行“age”列：“old”不是有效的年龄（岁）", "第 3 行：该行不符合表格格式"); strings.Contains(a.body, "not an age") {
		t.Error("a fault is told in both languages")
	}
}
