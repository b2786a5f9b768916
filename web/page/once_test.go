package page

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"consilium/people/security"
	"consilium/web/face"
)

// TestTheSameFormTwiceIsOneEntry sends one form of one page twice, as a browser does whose line broke, once more after the node was started again, and then the same words
// from another page.
func TestTheSameFormTwiceIsOneEntry(t *testing.T) {
	g := newGuarded(t)
	doctor := g.signedIn("strange.surgeon")
	path := "/cases/" + g.thread.String() + "/break-glass"
	form := url.Values{"reason": {"bleeding on the ward"}}
	doctor.get(path)
	token := doctor.token
	send := func(want int) {
		t.Helper()
		a := doctor.post(path, form)
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "/cases/"+g.thread.String()+"?done=glass" {
			t.Fatalf("%d %s: %s", a.status, a.header.Get("Location"), a.text())
		}
		broken := 0
		for _, e := range g.events() {
			if e.Event == security.GlassBroken {
				broken++
			}
		}
		if broken != want {
			t.Fatalf("the glass was broken %d times, not %d", broken, want)
		}
	}
	send(1)
	send(1)
	again, err := face.New(t.Context(), g.desk, groups()...) // the node was started again
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(again)
	defer web.Close()
	jar := doctor.client.Jar
	at, _ := url.Parse(web.URL)
	before, _ := url.Parse(g.web.URL)
	jar.SetCookies(at, jar.Cookies(before))
	g.web.URL = web.URL
	send(1)
	doctor.get(path)
	if doctor.token == token {
		t.Fatal("two pages have one mark")
	}
	send(2)
}
