package node_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/pathway"
)

// TestFiveTriesAtALinkAreFive: a patient's link asks for the date of birth and closes after five wrong ones. Two hundred at once, from twenty addresses, are five, and then the right
// one opens it no more.
func TestFiveTriesAtALinkAreFive(t *testing.T) { onBothDatabases(t, fiveTriesAreFive) }

func fiveTriesAreFive(t *testing.T, _ *nodetest.World, north *nodetest.Hospital) {
	jobDone(t, north, order(t, north, nodetest.Head, map[string]any{"mapping": historyMapping, "csv": "no,name,age,sex,admitted,smc,op,loss,fu\n1,Li,54,F,2026-03-01,3,2026-03-04,50,2022-03-01\n"}))
	var list struct {
		Items []struct{ ID ledger.ThreadID }
	}
	north.MustAsk(nodetest.Head, "GET", "/cases", nil, &list)
	if len(list.Items) != 1 {
		t.Fatal(list)
	}
	id := list.Items[0].ID.String()
	b := signedIn(t, north, nodetest.Coordinator)
	b.posts("/cases/"+id+"/identity", "/cases/"+id+"/identity", url.Values{"patient_name": {"Li"}, "local_number": {"1"}, "birth_date": {"1973-12-31"}})
	_, body, about := b.posts("/registry/hfs-mvd", "/registry/hfs-mvd/links", url.Values{"thread": {id}, "place": {"1"}, "at": {"m6"}, "born": {"true"}})
	_, page := b.gets(about)
	link := regexp.MustCompile(`/reply/[a-z2-7]{42}`).FindString(page)
	if link == "" {
		t.Fatal("no link", body)
	}
	thief := visits(t, north)
	form := thief.token(link)
	here, err := url.Parse(north.URL())
	if err != nil {
		t.Fatal(err)
	}
	cookies := thief.client.Jar.Cookies(here)
	guess := func(from byte, born string) (status int) {
		client := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, from)}}).DialContext, DisableKeepAlives: true}, CheckRedirect: thief.client.CheckRedirect}
		r, err := http.NewRequest("POST", north.URL()+link+"/born", strings.NewReader(url.Values{"csrf_token": {form}, "born": {born}}.Encode()))
		if err != nil {
			t.Error(err)
			return 0
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		a, err := client.Do(r)
		if err != nil {
			return 0 // cut off by the bounds of an address
		}
		a.Body.Close()
		return a.StatusCode
	}
	var told struct {
		sync.Mutex
		by map[int]int
	}
	told.by = map[int]int{}
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			status := guess(byte(1+i/10), fmt.Sprintf("1973-%02d-%02d", 1+i/28, 1+i%28))
			told.Lock()
			defer told.Unlock()
			told.by[status]++
		})
	}
	all.Wait()
	if told.by[http.StatusUnprocessableEntity] != 5 || told.by[http.StatusSeeOther] != 0 {
		t.Errorf("of 200 dates of birth at once: %v", told.by)
	}
	if status := guess(40, "1973-12-31"); status != http.StatusGone {
		t.Errorf("after five wrong ones the right one: %d", status)
	}
}

// A patient answers what was laid before them: a pack that comes meanwhile, whose appointments have other names, changes no link that is on its way.
func TestALinkAsksByThePackThatMadeIt(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	jobDone(t, north, order(t, north, nodetest.Head, map[string]any{"mapping": historyMapping, "csv": "no,name,age,sex,admitted,smc,op,loss,fu\n1,Li,54,F,2026-03-01,3,2026-03-04,50,2022-03-01\n"}))
	var list struct {
		Items []struct{ ID ledger.ThreadID }
	}
	north.MustAsk(nodetest.Head, "GET", "/cases", nil, &list)
	id := list.Items[0].ID.String()
	_, _, about := signedIn(t, north, nodetest.Coordinator).posts("/registry/hfs-mvd", "/registry/hfs-mvd/links", url.Values{"thread": {id}, "place": {"1"}, "at": {"m6"}})
	_, page := signedIn(t, north, nodetest.Coordinator).gets(about)
	link := regexp.MustCompile(`/reply/[a-z2-7]{42}`).FindString(page)
	asked := func() int {
		_, page := visits(t, north).gets(link)
		return strings.Count(page, "<fieldset")
	}
	before := asked()
	if link == "" || before == 0 {
		t.Fatal(link, before)
	}
	file := filepath.Join(t.TempDir(), "hfs.yaml")
	text := strings.NewReplacer("version: 1.0.0", "version: 1.1.0", "\n  m6: ", "\n  m7: ").Replace(string(pathway.Find("hfs-mvd").Source()))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := node.AdoptPack(north.Dir, file); err != nil {
		t.Fatal(err)
	}
	north.Restart()
	if now := asked(); now != before {
		t.Errorf("%d questions, and %d after a newer pack came", before, now)
	}
}
