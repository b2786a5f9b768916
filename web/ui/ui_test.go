package ui

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"consilium/lang"
)

// draw renders c and parses what came out.
func draw(t *testing.T, ctx context.Context, c templ.Component) (string, *html.Node) {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), root
}

// all returns every element of the tree for which keep says so.
func all(root *html.Node, keep func(*html.Node) bool) (found []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && keep(n) {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func tag(names ...string) func(*html.Node) bool {
	return func(n *html.Node) bool {
		for _, name := range names {
			if n.Data == name {
				return true
			}
		}
		return false
	}
}

// everyField has each type once, with all that a field can carry.
func everyField() (fields []FieldView) {
	types := []FieldType{FieldText, FieldCode, FieldCodes, FieldBool, FieldInteger, FieldDecimal, FieldDate,
		FieldDateTime, FieldMedia, FieldDay, FieldEmail, FieldPassword, FieldSearch, FieldTick}
	for _, kind := range types {
		f := FieldView{Name: "the " + string(kind), Type: kind, Label: "Label of " + string(kind), Help: "Help",
			Unit: "mm", Min: "0", Max: "9", Definition: "Exactly", Source: "Paper", Missing: true, Error: "Wrong"}
		if kind == FieldCode || kind == FieldCodes {
			f.Options = []Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B", Help: "why"}}
		}
		fields = append(fields, f)
	}
	long := FieldView{Name: "listed", Type: FieldCode, Label: "Listed"}
	for i := range 12 {
		long.Options = append(long.Options, Option{Value: fmt.Sprint(i), Label: fmt.Sprint("Choice ", i)})
	}
	return append(fields, long, FieldView{Name: "words", Type: FieldText, Long: true, Label: "Words"},
		FieldView{Name: "score", Type: FieldDecimal, Label: "Score", Computed: true, Value: "7.40"})
}

func TestEveryInputHasALabelAndItsDescriptionsExist(t *testing.T) {
	for _, f := range everyField() {
		t.Run(f.Name, func(t *testing.T) {
			_, root := draw(t, t.Context(), Field(f))
			ids, labelled := map[string]bool{}, map[string]bool{}
			for _, n := range all(root, func(*html.Node) bool { return true }) {
				if id := attribute(n, "id"); id != "" {
					if ids[id] {
						t.Errorf("the id %q stands twice", id)
					}
					if strings.ContainsAny(id, " []") {
						t.Errorf("the id %q holds what a label cannot name", id)
					}
					ids[id] = true
				}
				if n.Data == "label" && text(n) != "" {
					labelled[attribute(n, "for")] = true
				}
			}
			inputs := all(root, tag("input", "select", "textarea"))
			if len(inputs) == 0 && !f.Computed {
				t.Fatal("nothing to fill in")
			}
			for _, n := range inputs {
				inLabel := n.Parent.Data == "label" && text(n.Parent) != ""
				if !inLabel && !labelled[attribute(n, "id")] {
					t.Errorf("<%s name=%q> has no label", n.Data, attribute(n, "name"))
				}
			}
			for _, n := range all(root, func(n *html.Node) bool { return attribute(n, "aria-describedby") != "" }) {
				for _, id := range strings.Fields(attribute(n, "aria-describedby")) {
					if !ids[id] {
						t.Errorf("<%s> is described by %q, which is not there", n.Data, id)
					}
				}
			}
		})
	}
}

func TestAnErrorStandsInItsField(t *testing.T) {
	_, root := draw(t, t.Context(), Field(FieldView{Name: "grade", Type: FieldInteger, Label: "Grade", Value: "x", Error: "Write 0 to 4."}))
	input := all(root, tag("input"))[0]
	if attribute(input, "aria-invalid") != "true" || attribute(input, "value") != "x" {
		t.Errorf("the input is not marked wrong, or lost what was typed: %v", input.Attr)
	}
	found := all(root, func(n *html.Node) bool { return attribute(n, "id") == "f-grade-error" })
	if len(found) != 1 || text(found[0]) != "Write 0 to 4." {
		t.Errorf("the error is not beside its field")
	}
}

func TestAMissingValueSaysWhy(t *testing.T) {
	_, root := draw(t, t.Context(), Field(FieldView{Name: "grade", Type: FieldInteger, Label: "Grade", Missing: true, Reason: "refused"}))
	picker := all(root, tag("select"))[0]
	if attribute(picker, "name") != "grade.missing" {
		t.Errorf("the reason is posted as %q", attribute(picker, "name"))
	}
	var values []string
	for _, o := range all(picker, tag("option")) {
		value := attribute(o, "value")
		for _, a := range o.Attr {
			if a.Key == "selected" {
				value += "*"
			}
		}
		values = append(values, value)
	}
	if got, want := strings.Join(values, " "), " unknown not_done refused* not_applicable"; got != want {
		t.Errorf("reasons %q, want %q", got, want)
	}
}

func TestWhatPeopleWriteIsEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	h := Hospital{Name: evil, Initials: evil, Hue: 1, Shape: 1}
	chip := []ChipView{{Text: evil}}
	for name, c := range map[string]templ.Component{
		"page":     Page(PageData{Title: evil, CSRF: evil, Path: evil, Hospital: h, User: User{Name: evil, Role: evil}, Foot: evil, LiveURL: evil, Theme: evil, Actions: PageActions{Theme: "/t", Language: "/l"}, Notices: []Notice{{Title: evil, Text: evil, Items: []string{evil}, URL: evil, Do: evil}}}),
		"head":     Head(HeadView{Title: evil, Sub: evil, Chips: chip, Hospital: &h, Stages: []Stage{{evil, evil, StageNow}}}),
		"timeline": Timeline(TimelineView{Lanes: []Hospital{h, h}, Entries: []TimelineEntry{{ID: evil, Title: evil, By: evil, Said: evil, Under: evil, Marks: []string{evil}, Chips: chip, Folded: &FoldView{evil, evil, nil}}}}),
		"plan":     PlanDocument(PlanView{Title: evil, Lines: []PlanLine{{evil, []Change{{Added, evil}, {Removed, evil}}, Link{evil, evil}}}, Signatures: []Signature{{SignatureSigned, h, evil, evil}}}),
		"field":    Field(FieldView{Name: evil, Label: evil, Value: evil, Error: evil, Help: evil, Unit: evil}),
		"words":    Field(FieldView{Name: evil, Label: evil, Value: "</textarea>" + evil, Long: true}),
		"table":    Table(TableView{Caption: evil, Columns: []Column{{Label: evil}}, Rows: []TableRow{{evil, evil, []Cell{{Text: evil}, {Note: evil}}}}}),
		"map":      Map(MapView{Label: evil, Places: []MapPlace{{Hospital: h, URL: evil, Note: evil}}, Flows: []MapFlow{{0, 0, 1, false, evil}}}),
		"form":     Form(FormView{ID: evil, Action: evil, Draft: &DraftView{URL: evil, Line: evil, Here: evil, SignIn: evil, Focus: evil, Others: []DraftOffer{{evil, evil, evil, evil}}}, CSRF: evil, Errors: []FieldError{{evil, evil, evil}}}),
	} {
		out, root := draw(t, t.Context(), c)
		if strings.Contains(out, "<script>") || len(all(root, func(n *html.Node) bool { return n.Data == "script" && attribute(n, "src") == "" })) > 0 {
			t.Errorf("%s lets a script through", name)
		}
	}
}

func TestNoLinkRunsAScript(t *testing.T) {
	out, _ := draw(t, t.Context(), List([]ListItem{{Text: "x", URL: "javascript:alert(1)"}}))
	if strings.Contains(out, "javascript:") {
		t.Errorf("a link runs a script: %s", out)
	}
}

// A strict Content-Security-Policy refuses inline script and style: no component has any.
func TestNothingInline(t *testing.T) {
	source := regexp.MustCompile(`\s(style|on[a-z]+)=|<style|<script>`)
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".templ") {
			continue
		}
		seen++
		content, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		if found := source.Find(content); found != nil {
			t.Errorf("%s has %q", file.Name(), found)
		}
	}
	if seen < 5 {
		t.Fatalf("found only %d templates", seen)
	}
}

func TestThePageSpeaksItsLanguage(t *testing.T) {
	data := PageData{Title: "病例", Lang: lang.Chinese, User: User{Name: "林楠"}, Actions: PageActions{SignOut: "/out", Language: "/language"}}
	content := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return Field(FieldView{Name: "x", Label: "X", Type: FieldBool}).Render(ctx, w)
	})
	out, root := draw(t, templ.WithChildren(t.Context(), content), Page(data))
	if got := attribute(all(root, tag("html"))[0], "lang"); got != "zh-Hans" {
		t.Errorf("lang=%q", got)
	}
	for _, word := range []string{"跳到正文", "退出登录", "选填", "否"} {
		if !strings.Contains(out, word) {
			t.Errorf("%q is not on the page", word)
		}
	}
	for _, word := range []string{"Skip to content", "Sign out", "optional"} {
		if strings.Contains(out, word) {
			t.Errorf("%q is on a Chinese page", word)
		}
	}
}

// TestEveryWordHasAPhrase: that a phrase stands in both languages is tested in lang.
func TestEveryWordHasAPhrase(t *testing.T) {
	files, _ := filepath.Glob("*.templ")
	more, _ := filepath.Glob("*.go")
	said, found := regexp.MustCompile(`say\(ctx, "([^"]+)"\)`), 0
	for _, file := range append(files, more...) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(raw), -1) {
			found++
			if !lang.Has("ui." + m[1]) {
				t.Errorf("%s: no phrase ui.%s", file, m[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d words found", found)
	}
}

func TestPageWithoutAssetsSaysSo(t *testing.T) {
	out, root := draw(t, t.Context(), Page(PageData{Title: "Today"}))
	if !strings.Contains(out, "make build") {
		t.Error("nothing says that make build is needed")
	}
	if n := len(all(root, tag("script"))); n != 0 {
		t.Errorf("%d scripts without assets", n)
	}
	out, root = draw(t, t.Context(), Page(PageData{Title: "Today", AssetURL: func(name string) string { return "/assets/" + name }}))
	if strings.Contains(out, "make build") || len(all(root, tag("script"))) != 2 {
		t.Errorf("a built page is not drawn as one: %s", out)
	}
}

func TestTheTimelineSaysWhoAndMarksRemovedText(t *testing.T) {
	home, guest := HospitalOf("A", "Harbor City Hospital"), HospitalOf("B", "Western University Hospital")
	out, root := draw(t, t.Context(), Timeline(TimelineView{Lanes: []Hospital{home, guest}, Entries: []TimelineEntry{
		{ID: "e-1", Lane: 1, Title: "Plan", By: "Gao Rui", Content: PlanDocument(PlanView{Lines: []PlanLine{{Label: "Technique", Pieces: []Change{{Removed, "open"}, {Added, "endoscopic"}}}}})},
	}}))
	own := all(root, func(n *html.Node) bool { return strings.HasSuffix(attribute(n, "class"), " own") })
	if len(own) != 1 || text(own[0]) != "WU" {
		t.Errorf("the entry is not in its hospital's lane: %s", out)
	}
	if got := text(all(root, tag("del"))[0]); got != "[removed: open]" {
		t.Errorf("a screen reader hears %q for what was taken out", got)
	}
}

func TestHospitalsKeepTheirLook(t *testing.T) {
	if got, want := HospitalOf("K7QF-2M3P", "Harbor City Hospital"), HospitalOf("K7QF-2M3P", "New Name"); got.Hue != want.Hue || got.Shape != want.Shape {
		t.Errorf("the look follows the name: %v, %v", got, want)
	}
	looks := map[string]int{}
	for i := range 4000 {
		h := HospitalOf(fmt.Sprint("hospital ", i), "X")
		if h.Hue < 1 || h.Hue > hues || h.Shape < 1 || h.Shape > shapes {
			t.Fatalf("no such look: %+v", h)
		}
		looks[h.classes()]++
	}
	if len(looks) != hues*shapes {
		t.Errorf("only %d of %d looks are used", len(looks), hues*shapes)
	}
	// The hue and shape of an ID never change: these are what the first release gave.
	if h := HospitalOf("HC-1", "Harbor City Hospital"); h.Hue != 5 || h.Shape != 2 {
		t.Errorf("HC-1 looks different: %+v", h)
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Harbor City Hospital": "HC", "Hospital of the West": "HW", "港城医院": "港城", "林楠": "林楠",
		"Prof. Gao Rui": "GR", "Lin": "L", "": "?", "42": "?",
	} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func builtAssets(t *testing.T) *Assets {
	t.Helper()
	a, err := NewAssets(fstest.MapFS{
		".keep":          {},
		"manifest.json":  {Data: []byte(`{"app.css":"app-AB.css"}`)},
		"app-AB.css":     {Data: []byte(strings.Repeat("a{color:red}", 100))},
		"font/x-1.woff2": {Data: []byte("font")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAssetsAreServedForEver(t *testing.T) {
	a := builtAssets(t)
	if got := a.URL("app.css"); got != "/assets/app-AB.css" {
		t.Fatalf("URL %q", got)
	}
	get := func(path string, header http.Header) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header = header
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w.Result()
	}
	answer := get("/assets/app-AB.css", http.Header{"Accept-Encoding": {"gzip"}})
	unpacked, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(unpacked)
	if err != nil || len(body) != 1200 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if got := answer.Header.Get("Content-Type"); got != "text/css; charset=utf-8" {
		t.Errorf("type %q", got)
	}
	if !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
		t.Error("not immutable")
	}
	if again := get("/assets/app-AB.css", http.Header{"If-None-Match": {answer.Header.Get("ETag")}}); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %d", again.StatusCode)
	}
	if font := get("/assets/font/x-1.woff2", nil); font.Header.Get("Content-Type") != "font/woff2" {
		t.Errorf("font as %q", font.Header.Get("Content-Type"))
	}
	for _, path := range []string{"/assets/app.css", "/assets/manifest.json", "/assets/.keep", "/assets/../page.go", "/assets/"} {
		if got := get(path, nil).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got)
		}
	}
}

func TestAssetsThatWereNotBuilt(t *testing.T) {
	a, err := NewAssets(fstest.MapFS{".keep": {}})
	if err != nil || a.Built() || a.URL("app.css") != "" {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := NewAssets(fstest.MapFS{"manifest.json": {Data: []byte(`{"app.css":"gone.css"}`)}}); err == nil {
		t.Error("a manifest that names a missing file is taken")
	}
	if _, err := NewAssets(fstest.MapFS{"manifest.json": {Data: []byte(`{`)}}); err == nil {
		t.Error("a broken manifest is taken")
	}
}

func TestANameInBothScriptsIsReadInOne(t *testing.T) {
	for _, c := range []struct{ name, english, chinese string }{
		{"Harbor City Hospital 海港市医院", "Harbor City Hospital", "海港市医院"},
		{"海港市医院 Harbor City Hospital", "Harbor City Hospital", "海港市医院"},
		{"Harbor City Hospital (海港市医院)", "Harbor City Hospital", "海港市医院"},
		{"Harbor City Hospital", "Harbor City Hospital", "Harbor City Hospital"},
		{"海港市医院", "海港市医院", "海港市医院"},
		{"PLA 301 医院", "PLA 301 医院", "PLA 301 医院"},
		{"Fudan University 华山医院 North Campus", "Fudan University 华山医院 North Campus", "Fudan University 华山医院 North Campus"},
		{"", "", ""},
	} {
		if got := NameIn(lang.English, c.name); got != c.english {
			t.Errorf("English for %q: %q", c.name, got)
		}
		if got := NameIn(lang.Chinese, c.name); got != c.chinese {
			t.Errorf("Chinese for %q: %q", c.name, got)
		}
	}
	if en, zh := PersonIn(lang.English, "Dr. Lin Hai 林海"), PersonIn(lang.Chinese, "Dr. Lin Hai 林海"); en != "Dr. Lin Hai" || zh != "林海" {
		t.Errorf("a person is %q and %q", en, zh)
	}
	h := HospitalOf("H1", "Harbor City Hospital 海港市医院")
	zh, en := h.In(lang.Chinese), h.In(lang.English)
	if zh.Hue != h.Hue || zh.Shape != en.Shape || zh.Full != h.Name || zh.Initials != "海港" || en.Initials != "HC" {
		t.Errorf("the look changed with the language: %+v, %+v", zh, en)
	}
}

// TestTypingANameChooses: what somebody types into a picker counts as soon as one person alone can be meant, in either script and by any word of the name.
func TestTypingANameChooses(t *testing.T) {
	people := []Option{{Value: "1", Label: "Dr. Sun Yi 孙毅 · Referring doctor"}, {Value: "2", Label: "Dr. Lin Hai 林海 · Surgeon"}, {Value: "3", Label: "Dr. Lin Yue 林月 · Surgeon"},
		{Value: "4", Label: "Sunrise Hospital"}, {Value: "5", Label: "Ma Rui · Harbor City"}}
	for typed, want := range map[string]string{
		"sun yi": "1", "孙毅": "1", "孙": "1", "hai": "2", "LIN HAI": "2", "林月": "3", "lin": "lin", "surgeon": "surgeon", "Sunrise": "4", "sun": "sun", "": "", "2": "2", "harbor": "harbor",
		"Dr. Lin Hai 林海 · Surgeon": "2", "ma": "5", "zhou": "zhou",
	} {
		if got := ValueOf(people, typed); got != want {
			t.Errorf("%q chooses %q, want %q", typed, got, want)
		}
	}
}
