package node_test

import (
	"context"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// TestBaitIsNotTaken: a partner reads the hash of an image that consent keeps from it, attaches it in a case of its own where everything is allowed, and invites the holder. Neither the
// partner gets the image, nor a trainee of the holder's whom the bait names; and the bait does not keep it alive once it is erased.
func TestBaitIsNotTaken(t *testing.T) {
	for _, db := range []string{"", storetest.Postgres(t).URL} {
		w := nodetest.New(t, "south")
		north, south := w.FoundOn("north", db), w.Hospital("south")
		w.Partners(north, south)
		id := north.OpenCase("The images stay")
		north.Say(id, "case.consent", nodetest.Says{"scopes": nodetest.Says{"consult": "granted", "images": "refused"}, "hospitals": []any{south.ID}, "how": "written", "date": "2026-11-21", "text": "2026-1"})
		north.Invite(id, south)
		file := north.Attach(id, []byte("an image that stays at home"), "images")
		w.Same(id, north, south)

		own := south.OpenCase("Bait")
		south.Say(own, "case.consent", nodetest.Says{"scopes": nodetest.Says{"consult": "granted", "images": "granted", "identity": "granted"}, "hospitals": []any{south.ID, north.ID}, "how": "written", "date": "2026-11-21", "text": "2026-1"})
		south.Invite(own, north)
		baited(t, south, own, file, north)
		w.Same(own, north, south)
		if err := north.Ask(nodetest.Trainee, "GET", "/cases/"+own.String(), nil, nil); err == nil {
			t.Error("a partner that names a trainee opens a case to them")
		}
		trainee := north.Staff[nodetest.Trainee]
		_, err := north.SayAs(nodetest.Coordinator, own, map[string]any{"kind": "case.team-joined", "body": nodetest.Says{"person": trainee.ID, "name": "The trainee", "roles": []string{"trainee"}, "part": "trainee"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := north.Ask(nodetest.Trainee, "GET", "/cases/"+own.String(), nil, nil); err != nil {
			t.Fatalf("the trainee of the team does not read the bait: %v", err)
		}
		if err := north.Ask(nodetest.Trainee, "GET", "/blobs/"+file.String(), nil, nil); err == nil {
			t.Error("a trainee whom the bait names reads the image")
		}
		if err := north.Ask(nodetest.Head, "GET", "/blobs/"+file.String(), nil, nil); err != nil {
			t.Errorf("the hospital's own head of department does not read it: %v", err)
		}
		erasure := north.Say(id, ledger.KindErased, nodetest.Says{"reason": "law"}, imagingOf(north, id))
		w.Until("north has destroyed it", func() bool { return state(north, north, id, erasure) == "destroyed" })
		if north.Desk().Blobs.Has(file) {
			t.Error("north says destroyed, and the bait keeps the image alive")
		}
		w.Same(own, north, south)
		if south.Desk().Blobs.Has(file) {
			t.Error("south got the image")
		}
	}
}

// baited attaches a file that is not here to a case, and asks a person of another hospital there, as a partner that obeys nobody does.
func baited(t *testing.T, at *nodetest.Hospital, id ledger.ThreadID, file ledger.Hash, whom *nodetest.Hospital) {
	t.Helper()
	drafts := []ledger.Draft{
		{Thread: id, Kind: "case.imaging", Blobs: []ledger.BlobRef{{Hash: file, Size: 27, Type: "application/dicom", Label: "CISS", Scope: "images"}}, Says: nodetest.Says{"modality": "mr", "description": "CISS", "date": "2026-11-20", "deidentified": true}},
		{Thread: id, Kind: "case.question", Says: nodetest.Says{"text": "What do you see?", "to": nodetest.Says{"hospital": whom.ID, "person": whom.Staff[nodetest.Trainee].ID}}},
	}
	for i := range drafts {
		drafts[i].Person, drafts[i].Author = at.Staff[nodetest.Head].ID, ledger.Author{Name: "Head of south", Role: "head_of_department"}
	}
	err := at.Desk().DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, err := at.Desk().Book.AppendAll(ctx, tx, id, drafts, at.Desk().Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	at.Desk().Door.Changed(id)
}
