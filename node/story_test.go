package node_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/store"
)

func two(t *testing.T) (w *nodetest.World, north, south *nodetest.Hospital, line *nodetest.Link) {
	t.Helper()
	w = nodetest.New(t, "north", "south")
	north, south = w.Hospital("north"), w.Hospital("south")
	return w, north, south, w.Partners(north, south)
}

// refer lets north refer a case to south, which takes it on.
func refer(w *nodetest.World, north, south *nodetest.Hospital) (id ledger.ThreadID, referred ledger.Hash) {
	w.Helper()
	id = north.Share("Hemifacial spasm, vertebral artery", south)
	referred = north.Refer(id, south, "Can this be decompressed?")
	w.Same(id, north, south)
	south.Say(id, "case.accepted", nodetest.Says{"role": "surgeon", "by": "2026-12-10"}, referred)
	return id, referred
}

func TestAdviceWrittenWhileTheLineIsDownArrivesLater(t *testing.T) {
	w, north, south, line := two(t)
	id, referred := refer(w, north, south)
	w.Same(id, north, south)
	line.Cut()
	advice := south.Say(id, "case.opinion", nodetest.Says{"round": 1, "text": "Transposition rather than interposition.",
		"recommendations": []nodetest.Says{{"id": "r1", "text": "Repeat the thin-slice MRI", "owner": nodetest.Says{"hospital": north.ID, "role": "coordinator"}, "due": "2026-12-12"}}}, referred)
	meanwhile := north.Note(id, "Is the hearing still serviceable?")
	if north.Has(id, advice) || south.Has(id, meanwhile) {
		t.Fatal("the line was cut and something went over it")
	}
	line.Join()
	l := w.Same(id, north, south)
	if l.Find(advice) == nil || l.Find(meanwhile) == nil {
		t.Fatal("something was lost on the way")
	}
	if !strings.Contains(north.Fold(id), "Transposition rather than interposition.") {
		t.Fatal("the advice arrived and does not show")
	}
	north.Say(id, "case.advice", nodetest.Says{"recommendation": "r1", "status": "done"}, advice)
	w.Same(id, north, south)
}

func TestAFileWhoseLineIsCutArrivesWhole(t *testing.T) {
	w, north, south, line := two(t)
	id := north.Share("With images", south)
	w.Same(id, north, south)
	images := make([]byte, 3<<20)
	copy(images, "\x89PNG\r\n\x1a\n")
	file := north.Attach(id, images, "images")
	line.Cut()
	line.Join()
	w.Same(id, north, south)
	w.Until("the file is there", func() bool { return south.Desk().Blobs.Has(file) })
	if r := south.MustVerify(nil); r.Files != 2 { // the image, and the pathway pack that travels with the case
		t.Fatalf("%d files", r.Files)
	}
}

func TestThreeHospitalsWithARelayInTheMiddle(t *testing.T) {
	w := nodetest.New(t, "north", "middle", "south")
	north, middle, south := w.Hospital("north"), w.Hospital("middle"), w.Hospital("south")
	a, b := w.Partners(north, middle), w.Partners(middle, south)
	id := north.Share("A case for three", middle, south)
	w.Same(id, north, middle, south)
	a.Cut()
	fromSouth := south.Note(id, "Written far away.")
	w.Until("the middle has it", func() bool { return middle.Has(id, fromSouth) })
	b.Cut()
	fromNorth := north.Note(id, "Written meanwhile.")
	a.Join()
	w.Same(id, north, middle)
	if !north.Has(id, fromSouth) {
		t.Fatal("the middle did not relay")
	}
	b.Join()
	if l := w.Same(id, north, middle, south); l.Find(fromNorth) == nil {
		t.Fatal("lost")
	}
}

func TestARestartedNodeGoesOn(t *testing.T) {
	w, north, south, line := two(t)
	id := north.Share("Over a restart", south)
	w.Same(id, north, south)
	key := south.Desk().Book.Signer().Key()
	south.Stop()
	said := north.Note(id, "Said while you slept.")
	south.Start()
	line.Call()
	w.Same(id, north, south)
	if !south.Has(id, said) || south.Desk().Book.Signer().Key() != key {
		t.Fatal("a restart lost something, or changed the key")
	}
	north.Restart()
	line.Call()
	south.Note(id, "And the other way round.")
	w.Same(id, north, south)
}

// renewed asserts that a hospital signs with another key than before, and that nothing forked.
func renewed(w *nodetest.World, h *nodetest.Hospital, old ledger.Key, id ledger.ThreadID, all ...*nodetest.Hospital) {
	w.Helper()
	if h.Desk().Book.Signer().Key() == old {
		w.Fatal("it goes on with the old key and will fork itself")
	}
	said := h.Note(id, "Said with the new key.")
	l := w.Same(id, all...)
	if len(l.Forks) != 0 {
		w.Fatalf("%s forked itself", h.Name)
	}
	if s := l.Find(said); s == nil || s.Key == old || s.Standing != ledger.Counts {
		w.Fatalf("what was said with the new key stands as %+v", s)
	}
}

func TestARestoredBackupGetsTheLostEntriesBack(t *testing.T) {
	w, north, south, line := two(t)
	id := north.Share("Before the backup", south)
	w.Same(id, north, south)
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := north.Backup(t.Context(), desk.BackupOrder{To: backup, Recipient: backupKey.Recipient().String()}); err != nil {
		t.Fatal(err)
	}
	lost := []ledger.Hash{north.Note(id, "After the backup."), north.Note(id, "And more.")}
	w.Same(id, north, south)
	key := north.Desk().Book.Signer().Key()
	north.Stop()
	north.Dir = filepath.Join(t.TempDir(), "restored")
	if _, _, err := node.Restore(t.Context(), backup, north.Dir, "", store.Opening{Identity: backupKey.String()}); err != nil {
		t.Fatal(err)
	}
	north.Start()
	line.Call()
	w.Same(id, north, south)
	for _, hash := range lost {
		if !north.Has(id, hash) {
			t.Fatal("a lost entry did not come back from the partner")
		}
	}
	renewed(w, north, key, id, north, south)
}

func TestACopiedFolderSignsWithAKeyOfItsOwn(t *testing.T) {
	w, north, south, line := two(t)
	id := north.Share("Copied", south)
	w.Same(id, north, south)
	key := north.Desk().Book.Signer().Key()
	north.Stop()
	original, copied := north.Dir, north.Copy()
	north.Dir = copied
	north.Start()
	line.Call()
	renewed(w, north, key, id, north, south)
	north.Stop()
	north.Dir = original // which still has the old key, and nobody else uses that
	north.Start()
	line.Call()
	w.Same(id, north, south)
	if north.Desk().Book.Signer().Key() != key {
		t.Fatal("the original changed its key too")
	}
	north.Note(id, "From the original.")
	if l := w.Same(id, north, south); len(l.Forks) != 0 {
		t.Fatal("forked")
	}
}

func TestARolledBackDatabaseFileIsNoticed(t *testing.T) {
	w, north, south, line := two(t)
	id := north.Share("Rolled back", south)
	w.Same(id, north, south)
	key := north.Desk().Book.Signer().Key()
	north.Stop()
	old, err := os.ReadFile(filepath.Join(north.Dir, "consilium.db"))
	if err != nil {
		t.Fatal(err)
	}
	north.Start()
	line.Call()
	lost := north.Note(id, "In the newer file only.")
	w.Same(id, north, south)
	north.Restart()
	north.Stop()
	if err := os.WriteFile(filepath.Join(north.Dir, "consilium.db"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	north.Start()
	line.Call()
	w.Same(id, north, south)
	if !north.Has(id, lost) {
		t.Fatal("it did not come back")
	}
	renewed(w, north, key, id, north, south)
}

// TestTheFence rolls a whole machine back, so that nothing in the folder can tell: the partner does.
func TestTheFence(t *testing.T) {
	w, north, south, line := two(t)
	id := north.Share("Snapshot", south)
	w.Same(id, north, south)
	north.Stop()
	snapshot := north.Copy()
	north.Start()
	line.Call()
	lost := []ledger.Hash{north.Note(id, "One."), north.Note(id, "Two.")}
	w.Same(id, north, south)
	key := north.Desk().Book.Signer().Key()
	north.Stop()
	north.RollBack(snapshot)
	north.Start()
	if north.Desk().Book.Signer().Key() != key {
		t.Fatal("the folder noticed by itself; this test is about what it cannot notice")
	}
	line.Call()
	w.Until("the fence", func() bool { return north.Desk().Book.Signer().Key() != key })
	w.Same(id, north, south)
	for _, hash := range lost {
		if !north.Has(id, hash) {
			t.Fatal("a lost entry did not come back")
		}
	}
	renewed(w, north, key, id, north, south)
}

func TestASealedIdentityReachesOnlyWhomTheConsentNames(t *testing.T) {
	w := nodetest.New(t, "north", "south", "west")
	north, south, west := w.Hospital("north"), w.Hospital("south"), w.Hospital("west")
	w.Partners(north, south)
	w.Partners(north, west)
	id := north.Share("Sealed", south, west)
	blob, err := north.Desk().Sealer.Seal(t.Context(), []byte(`{"name":"王小明"}`))
	if err != nil {
		t.Fatal(err)
	}
	north.MustAsk(nodetest.Head, "POST", "/blobs", ciphertext(t, north, blob.Hash), nil) // the page that seals attaches by itself; over the API it is sent
	if _, err := north.SayAs(nodetest.Head, id, map[string]any{"kind": "case.identity", "body": nodetest.Says{}, "blobs": []ledger.BlobRef{blob}}); err != nil {
		t.Fatal(err)
	}
	wrapped, err := north.Desk().Sealer.Wrap(t.Context(), blob.Hash, south.ID)
	if err != nil {
		t.Fatal(err)
	}
	north.Say(id, "case.consent", nodetest.Says{"scopes": nodetest.Says{"identity": "granted"}, "hospitals": []ledger.HospitalID{south.ID}, "how": "written",
		"date": "2026-11-21", "text": "2026-1", "keys": []any{wrapped}})
	w.Same(id, north, south, west)
	w.Until("the sealed file is where consent names", func() bool { return south.Desk().Blobs.Has(blob.Hash) })
	w.Until("the other one asked for it in vain", func() bool { return heldBack(north, west, id) })
	if west.Desk().Blobs.Has(blob.Hash) {
		t.Fatal("the ciphertext went to a hospital that no consent names")
	}
	plain, err := south.Desk().Sealer.Open(t.Context(), blob.Hash, access.FoldConsent(south.Log(id)).Keys(south.ID))
	if err != nil || !strings.Contains(string(plain), "王小明") {
		t.Fatalf("it does not open: %v", err)
	}
	for _, file := range filesUnder(t, west.Dir) {
		if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), "王小明") {
			t.Fatalf("the name is in %s", file)
		}
	}
}

// heldBack tells whether one hospital holds something of a thread back from another.
func heldBack(from, to *nodetest.Hospital, id ledger.ThreadID) bool {
	s, _ := from.Link(to)
	for _, h := range s.HeldBack {
		if h.Thread == id || !h.Blob.IsZero() {
			return true
		}
	}
	return false
}

func TestWithdrawnConsentStopsFurtherSending(t *testing.T) {
	w, north, south, line := two(t)
	id := north.Share("Withdrawn", south)
	w.Same(id, north, south)
	line.Cut()
	before := north.Note(id, "Said while the patient still agreed.")
	withdrawn := north.Say(id, "case.consent-withdrawn", nodetest.Says{"date": "2026-11-21"})
	secret := north.Note(id, "Only for us now.")
	file := north.Attach(id, []byte("not for the others"), "images")
	line.Join()
	w.Until("the others hear of the withdrawal, and of what it follows", func() bool { return south.Has(id, withdrawn) && south.Has(id, before) })
	w.Until("the rest is held back, and the administrator sees it", func() bool { return heldBack(north, south, id) })
	own := south.Note(id, "Then we delete our copy.")
	w.Until("what the others say of it comes home", func() bool { return north.Has(id, own) })
	other := north.Share("Another patient", south)
	w.Same(other, north, south) // it went over the same line afterwards
	if south.Has(id, secret) || south.Desk().Blobs.Has(file) {
		t.Fatal("something left after the consent was withdrawn")
	}
	north.Consent(id, south)
	w.Same(id, north, south) // the patient agreed again: now the rest goes too
	w.Until("the file too", func() bool { return south.Desk().Blobs.Has(file) })
	if !south.Has(id, secret) {
		t.Fatal("the body of what was held back did not come")
	}
}

func TestAStrangersCallIsShownAndStopsNothing(t *testing.T) {
	w := nodetest.New(t, "north", "stranger")
	north, stranger := w.Hospital("north"), w.Hospital("stranger")
	if err := stranger.Desk().Network.AddPartner(t.Context(), network.Partner{Hospital: north.ID, Name: "north", Addresses: []string{north.PeerAddr()}}); err != nil {
		t.Fatal(err)
	}
	w.Until("the call is listed", func() bool {
		list, err := north.Desk().Network.Callers(context.Background())
		return err == nil && len(list) == 1 && list[0].Hospital == stranger.ID
	})
}

// ciphertext is a sealed file as it is kept.
func ciphertext(t *testing.T, h *nodetest.Hospital, hash ledger.Hash) []byte {
	t.Helper()
	file, _, err := h.Desk().Blobs.Open(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
