package casebook

import (
	"strings"
	"testing"

	"consilium/ledger"
)

// device is one that is in order, for a case without a plan. Its file is the same each time.
func (w *world) device(sort string) ledger.Draft {
	file := ledger.Hash{0xab, 0xcd}
	d := w.draft(KindDevice, Device{Sort: sort, File: file.String(), Engraved: Engraving(w.id, "left"), Side: "left", Planes: []PlaneAngle{{"A", "15.0"}}, Checked: []string{"watertight"}})
	d.Blobs = []ledger.BlobRef{{Hash: file, Size: 9, Type: "model/3mf", Label: "guide.3mf", Scope: "images"}}
	return d
}

// TestAGuideIsReleasedByTwoPersons, and no longer once the side or the plan changes.
func TestAGuideIsReleasedByTwoPersons(t *testing.T) {
	w := newWorld(t)
	h := w.home.must(w.device("guide"))
	w.home.must(w.device("model"))
	w.sync()
	c := w.far.fold(w.id)
	if d := c.Device("guide"); d == nil || d.Hash != h || c.Released(d) || len(c.Stale(d)) != 0 {
		t.Fatalf("%+v", c.Devices)
	}
	w.far.must(w.draft(KindDeviceSigned, DeviceSigned{Answer: "release"}, h))
	w.sync()
	c = w.home.fold(w.id)
	if !c.Released(c.Device("guide")) || c.Released(c.Device("model")) {
		t.Fatalf("%+v", c.Devices)
	}
	w.home.must(w.draft(KindSideSettled, SideSettled{Side: "right", Reason: "Typed from behind.", With: "He Jing"}))
	if c = w.home.fold(w.id); c.Released(c.Device("guide")) || strings.Join(c.Stale(c.Device("guide")), " ") != "side" {
		t.Errorf("released for the other side: %v", c.Stale(c.Device("guide")))
	}
}

// TestAStaleGuideCanBeSentBack: a surgeon may always send back, also what can no longer be released.
func TestAStaleGuideCanBeSentBack(t *testing.T) {
	w := newWorld(t)
	h := w.home.must(w.device("guide"))
	w.home.must(w.draft(KindPlan, w.plan(1)))
	w.sync()
	w.far.must(w.draft(KindDeviceSigned, DeviceSigned{Answer: "return", Note: "Another plan."}, h))
	if c := w.far.fold(w.id); c.Device("guide").Answered == nil || c.Released(c.Device("guide")) {
		t.Errorf("%+v", c.Devices)
	}
}

func TestAnglesOutsideTheTolerance(t *testing.T) {
	for _, c := range []struct {
		planned, achieved string
		outside           bool
		off               string
	}{{"15.0", "15.8", false, "+0.8"}, {"15.0", "17.6", true, "+2.6"}, {"12.0", "11.4", false, "−0.6"}, {"-8", "-10.5", true, "−2.5"}, {"10", "12", false, "+2.0"}} {
		a := AchievedAngle{"A", c.planned, c.achieved}
		if a.Outside() != c.outside || signed(a.Off()) != c.off {
			t.Errorf("%+v: %s, outside %v", a, signed(a.Off()), a.Outside())
		}
	}
	for _, bad := range []string{"", "NaN", "1e3", "15,0", "400"} {
		if isDegrees(bad) {
			t.Errorf("%q is an angle", bad)
		}
	}
}

// TestAPlanNamesWhatItRestsOn: a signature on the plan stands for the hashes of what was made in the lab; a comparison shows what changed, and a hash that is none is refused.
func TestAPlanNamesWhatItRestsOn(t *testing.T) {
	w := newWorld(t)
	one := w.plan(1)
	first := w.home.must(w.draft(KindPlan, one))
	two := one
	two.Version = 2
	two.Rests = []Rest{{Sort: "guide", Version: 3, File: ledger.Hash{1}.String(), Says: []string{"checked, 9.1 cm³"}}, {Sort: "implant", Name: "plate", Version: 1, File: ledger.Hash{2}.String()}}
	second := w.home.must(w.draft(KindPlan, two, first))
	w.sync()
	p := w.far.fold(w.id).Plan()
	if p == nil || p.Hash != second || len(p.Says.Rests) != 2 || p.Says.Rests[0].Says[0] != "checked, 9.1 cm³" {
		t.Fatalf("%+v", p)
	}
	var fields []string
	for _, c := range DiffPlans(one, two) {
		fields = append(fields, c.Field)
	}
	if strings.Join(fields, " ") != "rest.guide rest.implant.plate" {
		t.Errorf("the two differ in %v", fields)
	}
	if again := DiffPlans(two, one); len(again) != 2 || again[0].New != "" || !strings.HasPrefix(again[0].Old, "v3 · SHA-256 01000000") {
		t.Errorf("%+v", again)
	}
	for _, bad := range []Rest{{Sort: "guide", Version: 1, File: "01"}, {Sort: "guide", Version: 0, File: ledger.Hash{1}.String()}, {Sort: "hope", Version: 1, File: ledger.Hash{1}.String()}} {
		two.Rests = []Rest{bad}
		if two.Check() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
