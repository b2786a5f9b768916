package node_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// asked is one answer of the API.
type asked struct {
	status int
	tag    string
	body   string
}

func askWith(t *testing.T, h *nodetest.Hospital, method, path, body string, header map[string]string) asked {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.Node.URL()+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.Staff[nodetest.Head].Token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return asked{answer.StatusCode, answer.Header.Get("ETag"), string(all)}
}

func TestWhoReadsAgainGetsOnlyWhatChanged(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	path := "/cases/" + north.OpenCase("A case").String()
	question := `{"kind":"case.question","body":{"text":"Which side?"}}`
	before := len(pages(t, north, path+"/entries?limit=1000"))
	for _, read := range []string{path, path + "/entries"} {
		first := askWith(t, north, "GET", read, "", nil)
		if first.status != http.StatusOK || first.tag == "" {
			t.Fatalf("%s: %d, tag %q", read, first.status, first.tag)
		}
		again := askWith(t, north, "GET", read, "", map[string]string{"If-None-Match": `"other", W/` + first.tag})
		if again.status != http.StatusNotModified || again.body != "" || again.tag != first.tag {
			t.Errorf("%s read again: %+v", read, again)
		}
		said := askWith(t, north, "POST", path+"/entries", question, map[string]string{"If-Match": first.tag})
		if said.status != http.StatusOK {
			t.Errorf("%s: an entry that goes by what is here: %+v", read, said)
		}
		late := askWith(t, north, "POST", path+"/entries", question, map[string]string{"If-Match": first.tag})
		if late.status != http.StatusPreconditionFailed || !strings.Contains(late.body, "urn:consilium:problem:changed") {
			t.Errorf("%s: an entry that goes by what was here: %+v", read, late)
		}
		if now := askWith(t, north, "GET", read, "", map[string]string{"If-None-Match": first.tag}); now.status != http.StatusOK || now.tag == first.tag {
			t.Errorf("%s after an entry: %d", read, now.status)
		}
	}
	if n := len(pages(t, north, path+"/entries?limit=1000")); n != before+2 {
		t.Errorf("%d entries after %d and two of four that were refused", n, before)
	}
}

// pages reads a list page by page and gives the name of each item: its id, its hash, or its case.
func pages(t *testing.T, h *nodetest.Hospital, path string, between ...func()) (names []string) {
	t.Helper()
	next := ""
	for {
		a := askWith(t, h, "GET", path+next, "", nil)
		var page struct {
			Items []struct{ ID, Hash string }
			Next  string
		}
		if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path+next, a.status, a.body)
		}
		for _, item := range page.Items {
			names = append(names, item.ID+item.Hash)
		}
		if page.Next == "" {
			return names
		}
		next = "&after=" + page.Next
		for _, do := range between {
			do()
		}
	}
}

func TestPagesLoseNothingWhileCasesChange(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	var ids []ledger.ThreadID
	for n := range 7 {
		ids = append(ids, north.OpenCase(fmt.Sprint("Case ", n)))
	}
	turn := 0
	change := func() { // the case that would come last changes, and stands first by its change
		askWith(t, north, "POST", "/cases/"+ids[len(ids)-1-turn%2].String()+"/entries", `{"kind":"case.question","body":{"text":"x"}}`, nil)
		turn++
	}
	list := pages(t, north, "/cases?order=turn&limit=2", change)
	seen := map[string]bool{}
	for _, id := range list {
		seen[id] = true
	}
	if len(list) != 7 || len(seen) != 7 {
		t.Errorf("%d cases, %d different, of 7", len(list), len(seen))
	}
	entries := "/cases/" + ids[6].String() + "/entries"
	whole, paged := pages(t, north, entries+"?limit=1000"), pages(t, north, entries+"?limit=1")
	if fmt.Sprint(whole) != fmt.Sprint(paged) || len(whole) < 2 {
		t.Errorf("entries: %v, page by page %v", whole, paged)
	}
	if a := askWith(t, north, "GET", entries+"?after=nowhere", "", nil); a.status != http.StatusBadRequest {
		t.Errorf("a cursor of nothing: %+v", a)
	}
}
