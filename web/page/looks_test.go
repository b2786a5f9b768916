package page

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
)

var looksAddress = regexp.MustCompile(`data-looks="([^"]+)"`)

// viewing is a person who has opened the viewer.
type viewing struct {
	*browser
	stream string // where they hear of others
	show   string // where they tell of themselves
	image  string
}

func (g *guarded) viewing(username string) viewing {
	g.Helper()
	v := viewing{browser: g.signedIn(username)}
	page := "/cases/" + g.thread.String() + "/images"
	v.stream = html.UnescapeString(looksAddress.FindStringSubmatch(v.sees(page).body)[1])
	var data struct {
		Studies []struct {
			Entry, Ticket string
			Series        []struct{ Instances []struct{ UID string } }
		}
	}
	g.must(json.Unmarshal([]byte(v.get(page+"/studies.json").body), &data))
	s := data.Studies[0]
	v.show, v.image = page+"/"+s.Entry+"/looks?t="+s.Ticket, s.Series[0].Instances[0].UID
	return v
}

// looks tells where somebody looks, at an address.
func (b *browser) looks(address string, l desk.Look) int {
	b.Helper()
	text, err := json.Marshal(l)
	b.must(err)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.web.URL+address, bytes.NewReader(text))
	b.must(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-CSRF-Token", b.token)
	return b.do(r).status
}

// TestLooksAreToldOnlyToWhoMaySeeTheStudy: while they may, and to nobody else; and nothing of them is in the case.
func TestLooksAreToldOnlyToWhoMaySeeTheStudy(t *testing.T) {
	g := newGuarded(t)
	filedCT(g)
	before := g.entries()
	author, head, coordinator := g.viewing("author"), g.viewing("head"), g.viewing("coordinator")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	toHead, toCoordinator := head.listen(ctx, head.stream), coordinator.listen(ctx, coordinator.stream)
	look := desk.Look{Page: "p1", Name: "Somebody Else", Instance: author.image, Window: []float64{40, 400}, Pointer: []float64{10.5, 20}}
	if status := author.looks(author.show, look); status != http.StatusNoContent {
		t.Fatalf("showing: %d", status)
	}
	for who, c := range map[string]<-chan string{"head": toHead, "coordinator": toCoordinator} {
		var got struct {
			desk.Look
			Entry, Hospital string
		}
		g.must(json.Unmarshal([]byte(<-c), &got))
		if got.Name == look.Name || !strings.Contains(author.show, got.Entry) || got.Instance != look.Instance || got.Pointer[0] != 10.5 || got.Hospital == "" {
			t.Errorf("the %s hears %+v", who, got)
		}
	}

	stranger := g.signedIn("strange.surgeon")
	if a := stranger.get(author.stream); a.status == http.StatusOK {
		t.Error("a stranger hears who looks")
	}
	for what, status := range map[string]int{"a stranger": stranger.looks(author.show, look), "another session": g.signedIn("head").looks(author.show, look),
		"an image of no study": author.looks(author.show, desk.Look{Page: "p1", Instance: "1.2.3"}), "a frame that is not there": author.looks(author.show, desk.Look{Page: "p1", Instance: author.image, Frame: 9}),
		"no page": author.looks(author.show, desk.Look{Instance: author.image}), "nonsense": author.looks(author.show, desk.Look{Page: "p1", Instance: author.image, Window: []float64{1, 2, 3}})} {
		if status < 400 || status >= 500 {
			t.Errorf("%s: %d", what, status)
		}
	}

	coordinator.post("/sign-out", nil)
	g.clock = g.clock.Add(stillMayAtMost)
	author.looks(author.show, desk.Look{Page: "p1", Instance: author.image, Frame: 0, Window: []float64{50, 500}})
	if text := <-toHead; !strings.Contains(text, "500") {
		t.Errorf("the head hears %s", text)
	}
	for text := range toCoordinator {
		t.Errorf("somebody who signed out hears %s", text)
	}
	if now := g.entries(); now != before {
		t.Errorf("looking added %d entries", now-before)
	}
}

// stillMayAtMost is how long after they may not any more somebody may hear of others.
const stillMayAtMost = 3e9

// TestLooksOfPartnersAreJudged: what another hospital sends is a look, or nothing.
func TestLooksOfPartnersAreJudged(t *testing.T) {
	g := newGuarded(t)
	looks, stop := g.desk.Looking.Watch(g.thread)
	defer stop()
	other := ledger.HospitalID{7}
	for _, words := range []string{`{}`, `[]`, `{"page":"p","name":"x","instance":"1","window":[1e300,1]}`, `{"page":"p","name":"x","pointer":[1]}`, `{"page":"` + strings.Repeat("p", 100) + `","name":"x"}`, `{"page":"p","name":"x","frame":-1}`} {
		g.desk.HearLook(other, network.Glance{Thread: g.thread, Words: json.RawMessage(words)})
	}
	g.desk.HearLook(other, network.Glance{Thread: g.thread, File: ledger.Hash{3}, Words: json.RawMessage(`{"page":"p","name":"Gu Wen","instance":"1.2","pointer":[1,2]}`)})
	if l := <-looks; l.Name != "Gu Wen" || l.Hospital != other || l.Study != (ledger.Hash{3}) || len(looks) != 0 {
		t.Errorf("%+v, and %d more", l, len(looks))
	}
}

// TestOnePersonIsHeardTenTimesASecond: whatever a script sends.
func TestOnePersonIsHeardTenTimesASecond(t *testing.T) {
	g := newGuarded(t)
	filedCT(g)
	author := g.viewing("author")
	looks, stop := g.desk.Looking.Watch(g.thread)
	defer stop()
	heard := 0
	for range 60 {
		author.looks(author.show, desk.Look{Page: "p1", Instance: author.image})
		for len(looks) > 0 {
			<-looks
			heard++
		}
	}
	if heard != 20 { // the clock stands still: two seconds' worth at once
		t.Errorf("%d of 60 were told", heard)
	}
}
