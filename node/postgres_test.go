package node_test

import (
	"testing"

	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// TestHospitalsOnBothDatabasesShareACase plays a consultation between a hospital on PostgreSQL and one on SQLite, with a restart, a rebuild and a proof at each.
func TestHospitalsOnBothDatabasesShareACase(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	south := w.FoundOn("south", storetest.Postgres(t).URL)
	w.Partners(north, south)
	id, referred := refer(w, north, south)
	w.Same(id, north, south)
	south.Say(id, "case.opinion", nodetest.Says{"round": 1, "text": "先做内镜。",
		"recommendations": []nodetest.Says{{"id": "r1", "text": "Audiometry of both ears", "owner": nodetest.Says{"hospital": north.ID, "role": "coordinator"}, "due": "2026-12-12"}}}, referred)
	north.Attach(id, []byte("a picture"), "images")
	own := south.Share("South asks north", north)
	w.Same(id, north, south)
	w.Same(own, north, south)
	before := south.Fold(id)
	south.Restart()
	if err := south.Node.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if after := south.Fold(id); after != before {
		t.Errorf("after a restart and a rebuild it folds to\n%s\nbefore to\n%s", after, before)
	}
	for _, h := range []*nodetest.Hospital{north, south} {
		if r := h.MustVerify(nil); len(r.Breaks) > 0 || r.Threads != 2 {
			t.Errorf("%s: %+v", h.Name, r)
		}
	}
	var found struct{ Items []struct{ Title string } }
	south.MustAsk(nodetest.Coordinator, "GET", "/cases?q=vertebral", nil, &found)
	if len(found.Items) != 1 {
		t.Errorf("a search on PostgreSQL finds %+v", found)
	}
}
