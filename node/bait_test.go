package node_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
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

// TestALetterIsNotRecognizedByItsName: a member of a case holds the same letter as one that consent keeps from it. Nothing that comes to it tells that the letter is attached: neither its hash nor its size is
// in any entry, whether the member kept it as a plain file or sent it into a case of its own. Where consent lets it, the letter comes and is the same.
func TestALetterIsNotRecognizedByItsName(t *testing.T) {
	for _, db := range []string{"", storetest.Postgres(t).URL} {
		w := nodetest.New(t, "south")
		north, south := w.FoundOn("north", db), w.Hospital("south")
		w.Partners(north, south)
		letter := bytes.Repeat([]byte("%PDF-1.4 To whom it may concern. "), 300)
		own := south.Attach(south.OpenCase("South's own"), letter, "images")
		id := north.OpenCase("The letter stays")
		consent := func(images string) {
			north.Say(id, "case.consent", nodetest.Says{"scopes": nodetest.Says{"consult": "granted", "images": images}, "hospitals": []any{south.ID}, "how": "written", "date": "2026-11-21", "text": "2026-1"})
		}
		consent("refused")
		north.Invite(id, south)
		files := []ledger.Hash{north.Attach(id, letter, "images"), north.Attach(id, letter, "images")}
		w.Same(id, north, south)
		if files[0] == files[1] || slices.Contains(files, own) || slices.Contains(files, ledger.SumBlob(letter)) {
			t.Errorf("one letter has the names %v, at south %s", files, own)
		}
		plain, size := ledger.SumBlob(letter).String(), fmt.Sprint(len(letter))
		for _, s := range south.Log(id).Said {
			if said := fmt.Sprintf("%+v %s", s.Content, s.Says()); strings.Contains(said, plain) || strings.Contains(said, own.String()) || strings.Contains(said, "Size:"+size) {
				t.Errorf("south recognizes its letter in %s: %s", s.Kind, said)
			}
		}
		if south.Desk().Blobs.Has(files[0]) {
			t.Fatal("south has the letter")
		}
		consent("granted")
		w.Same(id, north, south)
		w.Until("the letter is at south", func() bool { return south.Desk().Blobs.Has(files[0]) })
		for _, h := range []*nodetest.Hospital{north, south} {
			var got bytes.Buffer
			h.MustAsk(nodetest.Head, "GET", "/blobs/"+files[0].String(), nil, &got)
			if !bytes.Equal(got.Bytes(), letter) {
				t.Errorf("%s reads %d bytes of a letter of %d", h.Name, got.Len(), len(letter))
			}
		}
		if ref := north.Log(id).Said[len(north.Log(id).Said)-2].Content.Blobs[0]; ref.Type != "application/pdf" || ref.Label != "CISS" || north.Desk().Length(t.Context(), ref) != int64(len(letter)) {
			t.Errorf("it is attached as %+v", ref)
		}
	}
}
