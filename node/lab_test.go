package node_test

import (
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// labItem is what the API says of something made in the lab.
type labItem struct {
	ID, Kind, State, Fault string
	Files                  []struct {
		File   string
		SHA256 ledger.Hash
	}
}

func labOf(h *nodetest.Hospital, id ledger.ThreadID) []labItem {
	var list struct{ Items []labItem }
	h.MustAsk(nodetest.Doctor, "GET", "/cases/"+id.String()+"/lab", nil, &list)
	return list.Items
}

// TestWhatTheLabMadeGoesWithItsImages: a surface is made of the images that are filed in a case. An erasure of the images destroys it, files and rows, also where somebody asked for one more meanwhile.
func TestWhatTheLabMadeGoesWithItsImages(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	id := north.OpenCase("Rehearsed")
	f := filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{sent(north, "disc.zip", zipped(t, slicesOf(t, 12, "7312944")...))}})
	if len(f.Entries) != 1 {
		t.Fatalf("filed as %+v", f)
	}
	studies := north.Desk().Manifests(north.Log(id))
	asked := map[string]any{"series": studies[0].Series[0].UID, "low_HU": -300, "high_HU": 3071, "smooth": 0, "triangles": 200000}
	order := map[string]any{"kind": "surface", "entry": f.Entries[0], "asked": asked}
	path := "/cases/" + id.String() + "/lab"
	north.MustAsk(nodetest.Doctor, "POST", path, order, nil)
	w.Until("the surface is there", func() bool {
		list := labOf(north, id)
		if list[0].State == "failed" {
			t.Fatalf("%+v", list[0])
		}
		return list[0].State == "done"
	})
	made := labOf(north, id)[0]
	if len(made.Files) != 2 {
		t.Fatalf("%+v", made)
	}
	for _, wrong := range []map[string]any{{"kind": "surface", "entry": f.Entries[0], "asked": map[string]any{"series": "1", "lowHU": 3}}, {"kind": "guide", "source": made.ID, "asked": map[string]any{"design": map[string]any{"case": "OTHER"}}}, {"kind": "plan", "source": "nothing", "asked": map[string]any{}}} {
		if err := north.Ask(nodetest.Doctor, "POST", path, wrong, nil); err == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
	if _, err := north.SayAs(nodetest.Head, id, map[string]any{"kind": ledger.KindErased, "body": map[string]any{"reason": "law"}, "refs": []ledger.Hash{f.Entries[0]}}); err != nil {
		t.Fatal(err)
	}
	if list := labOf(north, id); len(list) != 0 {
		t.Errorf("it is still shown: %+v", list)
	}
	w.Until("its files are destroyed", func() bool {
		for _, f := range made.Files {
			if north.Desk().Blobs.Has(f.SHA256) {
				return false
			}
		}
		return true
	})
}
