package node_test

import (
	"fmt"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// labItem is what the API says of something made in the lab.
type labItem struct {
	ID, Kind, State, Fault string
	Files                  []labFile
	Asked                  struct {
		File string
		At   [3]float64 `json:"at_mm"`
	}
	Facts struct {
		Base  string     `json:"base_sha256"`
		Steps string     `json:"steps_sha256"`
		Size  [3]float64 `json:"size_mm"`
		HU    struct{ Count int }
	}
}

type labFile struct {
	File   string
	SHA256 ledger.Hash
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
	studies := north.Desk().Manifests(t.Context(), north.Log(id))
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
	changedByHand(t, w, north, id, made)
	for _, wrong := range []map[string]any{{"kind": "surface", "entry": f.Entries[0], "asked": map[string]any{"series": "1", "lowHU": 3}}, {"kind": "guide", "source": made.ID, "asked": map[string]any{"design": map[string]any{"case": "OTHER"}}}, {"kind": "plan", "source": "nothing", "asked": map[string]any{}}} {
		if err := north.Ask(nodetest.Doctor, "POST", path, wrong, nil); err == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
	made.Files = nil
	for _, i := range labOf(north, id) {
		made.Files = append(made.Files, i.Files...)
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

// changedByHand has a program paint in the segmentation of a surface, make the surface of what came of it, and place an implant on that.
func changedByHand(t *testing.T, w *nodetest.World, north *nodetest.Hospital, id ledger.ThreadID, bone labItem) {
	t.Helper()
	path := "/cases/" + id.String() + "/lab"
	comes := func(order map[string]any) (i labItem) {
		t.Helper()
		north.MustAsk(nodetest.Doctor, "POST", path, order, &i)
		w.Until("it is made", func() bool {
			for _, now := range labOf(north, id) {
				if now.ID == i.ID {
					i = now
				}
			}
			if i.State == "failed" {
				t.Fatalf("%v: %+v", order["kind"], i)
			}
			return i.State == "done"
		})
		return i
	}
	dab := func(erase bool) map[string]any {
		return map[string]any{"brush": map[string]any{"path_mm": [][3]float64{{0, 0, 0}}, "radius_mm": 3, "erase": erase}}
	}
	edited := comes(map[string]any{"kind": "segmentation", "source": bone.ID, "asked": map[string]any{"steps": []any{dab(true), dab(false)}}})
	if edited.Facts.Base != bone.file("seg.dcm").String() || edited.Facts.Steps != edited.file("json").String() || edited.Facts.HU.Count == 0 {
		t.Errorf("%+v does not rest on %+v", edited, bone)
	}
	again := comes(map[string]any{"kind": "surface", "source": edited.ID, "asked": map[string]any{"smooth": 0, "triangles": 200000}})
	cube := "solid c\n" // twelve triangles of a cube of 8 mm
	for _, f := range [][3]int{{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6}, {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7}, {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}} {
		cube += "facet normal 0 0 0\nouter loop\n"
		for _, n := range f {
			cube += fmt.Sprintf("vertex %d %d %d\n", 8*(n&1), 8*(n>>1&1), 8*(n>>2&1))
		}
		cube += "endloop\nendfacet\n"
	}
	mesh := sent(north, "cube.stl", []byte(cube+"endsolid c\n"))
	placed := comes(map[string]any{"kind": "implant", "source": again.ID, "asked": map[string]any{"name": "cube", "mesh": mesh, "on_mm": []float64{0, 0, 0}}})
	if placed.Facts.Size != [3]float64{8, 8, 8} || placed.Asked.File != "cube.stl" {
		t.Errorf("%+v", placed)
	}
	moved := comes(map[string]any{"kind": "implant", "source": again.ID, "asked": map[string]any{"name": "cube", "at_mm": []float64{1, 2, 300}}})
	if moved.file("own.stl") != placed.file("own.stl") || moved.Asked.At != [3]float64{1, 2, 300} {
		t.Errorf("%+v is not moved", moved)
	}
	for what, wrong := range map[string]map[string]any{
		"a mesh that nobody sent": {"kind": "implant", "source": again.ID, "asked": map[string]any{"name": "x", "mesh": ledger.BlobRef{Hash: ledger.Hash{1}, Size: 3, Type: "model/stl", Label: "x.stl"}}},
		"no mesh":                 {"kind": "implant", "source": again.ID, "asked": map[string]any{"name": "nobody's", "at_mm": []float64{1, 2, 3}}},
		"no step":                 {"kind": "segmentation", "source": bone.ID, "asked": map[string]any{"steps": []any{}}},
		"of an implant":           {"kind": "segmentation", "source": moved.ID, "asked": map[string]any{"steps": []any{dab(true)}}},
		"a surface of a surface":  {"kind": "surface", "source": bone.ID, "asked": map[string]any{"smooth": 0, "triangles": 200000}},
		"a stroke of a thousand":  {"kind": "segmentation", "source": bone.ID, "asked": map[string]any{"steps": []any{map[string]any{"brush": map[string]any{"path_mm": [][3]float64{{0, 0, 0}}, "radius_mm": 1000}}}}},
	} {
		if err := north.Ask(nodetest.Doctor, "POST", path, wrong, nil); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

// file is the hash of a file.
func (i labItem) file(ending string) (h ledger.Hash) {
	for _, f := range i.Files {
		if f.File == ending {
			h = f.SHA256
		}
	}
	return h
}
