package casebook

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/pathway"
)

func readPack(t testing.TB, id string) string {
	t.Helper()
	text, err := os.ReadFile("../pathway/packs/" + id + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestThePackStopsTheWriter: answers that the form does not take are stopped here, and read without the pack elsewhere.
func TestThePackStopsTheWriter(t *testing.T) {
	pack, packs := hfs(t)
	w := newWorldWith(t, Talk(packs).Spoken())
	d := w.draft(KindFinding, Finding{Form: "imaging", Values: pathway.Values{"imaging_modality": pathway.String("crystal ball")}})
	if _, err := w.home.say(d); err == nil {
		t.Error("answers without a pack were said")
	}
	d.Pack = PackRef(pack)
	_, err := w.home.say(d)
	var invalid *InvalidValues
	if !errors.As(err, &invalid) || invalid.Problems[0].Field != "imaging_modality" {
		t.Errorf("got %v", err)
	}
	d.Says = Finding{Form: "imaging", Values: pathway.Values{"imaging_modality": pathway.String("mr")}}
	w.home.must(d)
	wrong := *d.Pack
	wrong.Hash[0] ^= 1
	d.Pack = &wrong
	if _, err := w.home.say(d); err == nil {
		t.Error("a pack of another hash was taken")
	}
	bare := newNode(t, &w.clock, Talk(nil).Spoken())
	w.home.give(bare, w.id)
	if c := bare.fold(w.id); c.Marks != 0 || len(c.Findings) != 1 {
		t.Errorf("a reader without the pack: %d marks", c.Marks)
	}
}

// TestPacketGatesTheReferral: what the packet lacks is added, or named with a reason.
func TestPacketGatesTheReferral(t *testing.T) {
	pack, packs := hfs(t)
	w := newWorldWith(t, Talk(packs).Spoken())
	d := w.draft(KindReferred, w.referred())
	d.Pack = PackRef(pack)
	if _, err := w.home.say(d); err == nil || !strings.Contains(err.Error(), "packet") {
		t.Errorf("a referral with gaps: %v", err)
	}
	r := w.referred()
	for _, gap := range Gaps(w.home.fold(w.id), pack, r) {
		r.Gaps = append(r.Gaps, gap.ID)
	}
	r.GapReason = "emergency transfer"
	d.Says = r
	h := w.home.must(d)
	if i := find(t, w.home.fold(w.id), h); len(i.Marks) != 0 || len(i.Lines) != 2 {
		t.Errorf("%+v", i)
	}
	images := w.draft(KindImaging, Imaging{Modality: "mr", Deidentified: true})
	images.Blobs = []ledger.BlobRef{{Hash: ledger.Hash{1}, Size: 9, Type: "application/dicom", Scope: "images"}}
	w.home.must(images)
	after := Gaps(w.home.fold(w.id), pack, r)
	if len(after) >= len(r.Gaps) || slices.ContainsFunc(after, func(g pathway.PacketItem) bool { return g.ID == "images" }) {
		t.Errorf("attached images fill their gap: %v", after)
	}
}

// TestFollowUpsAreWrittenDown: the operation's entry says when follow-ups are due, so that a reader needs no pack.
func TestFollowUpsAreWrittenDown(t *testing.T) {
	pack, _ := hfs(t)
	w := newWorld(t)
	plan := w.signedPlan()
	o := w.operation()
	o.FollowUps = nil
	d, err := Prepare(w.home.fold(w.id), w.draft(KindOperation, o, plan), pack)
	if err != nil {
		t.Fatal(err)
	}
	w.home.must(d)
	c := w.home.fold(w.id)
	i := slices.IndexFunc(c.Due, func(d DueState) bool { return d.ID == "m12" })
	if i < 0 || c.Due[i].DueFollowUp.Due != "2027-04-01" || !c.Due[i].Name.Complete() {
		t.Errorf("due %+v", c.Due)
	}
	bare := newWorld(t)
	o.Emergency = "bleeding"
	bare.home.must(bare.draft(KindOperation, o))
	c = bare.home.fold(bare.id)
	if with := c.NextWith(pack); len(with) <= len(c.Next) || with[0].Kind != KindFollowUp {
		t.Errorf("with the pack: %+v", with)
	}
}
