package node

import (
	"net/http/httptest"
	"testing"

	"consilium/desk"
	"consilium/store"
)

// TestReadyIsWhoCanReadItsDatabase: a node whose database is gone runs and is not ready.
func TestReadyIsWhoCanReadItsDatabase(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{store: s, db: database{store: s}, desk: &desk.Desk{}}
	ask := func(path string) int {
		w := httptest.NewRecorder()
		n.health().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code
	}
	if ask("/healthz") != 200 || ask("/readyz") != 200 || ask("/") != 404 {
		t.Error("a node that is well is not")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if ask("/healthz") != 200 || ask("/readyz") != 503 {
		t.Error("without its database it is ready")
	}
}
