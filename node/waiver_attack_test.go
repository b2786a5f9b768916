package node_test

import (
	"context"
	"net/http"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/registry/waiver"
)

// TestAnotherHospitalWaivesNothingHere: a partner opens a waiver of its own, invites this hospital into it, and tells a researcher here its number. It opens no row of this hospital's patients.
func TestAnotherHospitalWaivesNothingHere(t *testing.T) {
	w := nodetest.New(t, "Harbor", "south")
	h, south := w.Hospital("Harbor"), w.Hospital("south")
	w.Partners(h, south)
	bringHistory(w, h, 0, 12)
	var id ledger.ThreadID
	person := south.Staff[nodetest.Head].ID
	author := ledger.Author{Name: "Head of south", Role: "head_of_department"}
	err := south.Desk().DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		e, err := south.Desk().Book.Open(ctx, tx, "waiver", ledger.Draft{Person: person, Author: author}, south.Desk().Now())
		if err != nil {
			return err
		}
		id = e.Thread
		_, err = south.Desk().Book.AppendAll(ctx, tx, id, []ledger.Draft{
			{Thread: id, Person: person, Author: author, Kind: waiver.KindGranted, Says: waiver.Granted{Ethics: "2026-17", Pathway: "hfs-mvd", Purpose: "All of it", Until: untilNextYear(w)}},
			{Thread: id, Person: person, Author: author, Kind: ledger.KindInvited, Says: ledger.Invitation{Hospital: h.ID}},
		}, south.Desk().Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	south.Desk().Door.Changed(id)
	w.Same(id, h, south)
	for _, name := range []string{"2026-17", id.String()} {
		if status, answer := asks(t, h, "researcher", "GET", rowsPath+"?waiver="+name, nil); status != http.StatusForbidden {
			t.Errorf("counts under another hospital's waiver: %d %.200s", status, answer)
		}
		if status, _ := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "waiver": name}); status != http.StatusForbidden {
			t.Errorf("rows under another hospital's waiver: %d", status)
		}
	}
	var listed struct{ Items []any }
	if h.MustAsk("head", "GET", rowsPath+"/waivers", nil, &listed); len(listed.Items) > 0 {
		t.Errorf("it is listed here: %v", listed.Items)
	}
	if err := h.Ask("head", "POST", rowsPath+"/waivers/"+id.String()+"/revoke", map[string]string{"reason": "r"}, nil); err == nil {
		t.Error("it is revoked here, as if it were one of ours")
	}
}
