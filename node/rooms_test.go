package node

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/api"
	"consilium/web/face"
)

// TestANodeStandsWithoutAnyRoom leaves each room out, and those that cannot stand without it: what remains starts, every page and operation of it that needs no
// more than an address answers, and what was left out is not there.
func TestANodeStandsWithoutAnyRoom(t *testing.T) {
	for _, left := range append([]Room{{Name: "nothing"}}, Rooms()...) {
		t.Run(left.Name, func(t *testing.T) {
			t.Parallel()
			n := openWith(t, without(Rooms(), left.Name))
			ask := visitorOf(t, n)
			if status := ask("/"); left.Name != "today" && status != http.StatusOK {
				t.Errorf("the first page answers %d", status)
			}
			var there []string
			for _, r := range n.pages.Routes() {
				if path, ok := strings.CutPrefix(r.Pattern, "GET "); ok && !strings.Contains(path, "{id}") && path != "/live" {
					there = append(there, r.Pattern)
					if status := ask(strings.TrimSuffix(path, "{$}")); status >= 500 {
						t.Errorf("%s answers %d", r.Pattern, status)
					}
				}
			}
			for _, op := range n.Operations() {
				if op.Method == http.MethodGet && !strings.Contains(op.Path, "{") {
					if status := ask(op.Path); status >= 500 {
						t.Errorf("%s answers %d", op.Path, status)
					}
				}
			}
			for _, pattern := range patternsOf(t.Context(), n, left) {
				if path, ok := strings.CutPrefix(pattern, "GET "); ok && slices.Contains(there, pattern) {
					t.Errorf("%s is still there without %s", path, left.Name)
				}
			}
		})
	}
}

// TestEveryPageOfAMenuHasAName: a room that brings a page and forgets its phrase would show the key.
func TestEveryPageOfAMenuHasAName(t *testing.T) {
	for _, room := range Rooms() {
		for _, pages := range room.Pages {
			var keys []string
			for _, item := range pages.Nav {
				keys = append(keys, "page.nav."+item.Key)
			}
			for _, tab := range pages.Tabs {
				keys = append(keys, "settings.tab."+tab.Key)
			}
			for _, key := range keys {
				if !lang.Has(key) || !lang.Phrase(key, nil).Complete() {
					t.Errorf("the room %s has no phrase %s in both languages", room.Name, key)
				}
			}
		}
	}
}

func TestARoomStandsBehindThoseThatItNeeds(t *testing.T) {
	if err := check(Rooms()); err != nil {
		t.Error(err)
	}
	for name, rooms := range map[string][]Room{"needs visits": {{Name: "theatre", Needs: []string{"visits"}}}, "twice": {{Name: "theatre"}, {Name: "theatre"}}} {
		if err := check(rooms); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v", err)
		}
	}
	rest := without([]Room{{Name: "a"}, {Name: "b", Needs: []string{"a"}}, {Name: "c", Needs: []string{"b"}}, {Name: "d"}}, "a")
	if len(rest) != 1 || rest[0].Name != "d" {
		t.Errorf("%d rooms remain: %v", len(rest), rest)
	}
}

// openWith founds a hospital of some rooms and starts it.
func openWith(t *testing.T, rooms []Room) *Node {
	t.Helper()
	dir := t.TempDir() + "/hospital"
	if _, _, err := initWith(t.Context(), dir, Hospital{Name: "Ward Hospital"}, time.Now(), rooms); err != nil {
		t.Fatal(err)
	}
	cheap := people.WithPasswordParams(argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	n, err := Open(t.Context(), Options{Dir: dir, HTTP: "127.0.0.1:0", Peer: "127.0.0.1:0", SignIn: []people.Option{cheap}, Rooms: rooms})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// visitorOf is somebody who may see every page: signed in for those, by a token for the API.
func visitorOf(t *testing.T, n *Node) (ask func(path string) (status int)) {
	t.Helper()
	var session, secret string
	err := n.db.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.Create(ctx, tx, n.desk.Now(), people.Person{Kind: people.Staff, Username: "all", DisplayName: "Dr. All", Language: "en",
			Roles: []people.Role{people.Administrator, people.HeadOfDepartment, people.Coordinator, people.Surgeon}})
		if err != nil {
			return err
		}
		if session, _, err = people.StartSession(ctx, tx, n.desk.Now(), p.ID, people.Session{Method: "password"}); err != nil {
			return err
		}
		secret, _, err = people.CreateToken(ctx, tx, n.desk.Now(), p.ID, people.APIToken{Name: "test", Scopes: []people.Scope{"read", "write", "administer"}, Expires: n.desk.Now().Add(time.Hour)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(path string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		if strings.HasPrefix(path, api.Prefix) {
			r.Header.Set("Authorization", "Bearer "+secret)
		} else {
			r.AddCookie(&http.Cookie{Name: face.SessionCookie(n.desk), Value: session})
		}
		w := httptest.NewRecorder()
		n.handler().ServeHTTP(w, r)
		return w.Code
	}
}

// patternsOf are the addresses of a room's pages.
func patternsOf(ctx context.Context, n *Node, r Room) (list []string) {
	alone, err := face.New(ctx, n.desk, r.Pages...)
	if err != nil {
		return nil
	}
	frame, err := face.New(ctx, n.desk)
	if err != nil {
		return nil
	}
	for _, route := range alone.Routes()[len(frame.Routes()):] {
		list = append(list, route.Pattern)
	}
	return list
}

// without leaves a room out, and those that cannot stand without it.
func without(rooms []Room, name string) []Room {
	var rest []Room
	gone := []string{name}
	for _, r := range rooms {
		if r.Name == name || slices.ContainsFunc(r.Needs, func(n string) bool { return slices.Contains(gone, n) }) {
			gone = append(gone, r.Name)
			continue
		}
		rest = append(rest, r)
	}
	return rest
}
