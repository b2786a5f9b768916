package node_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"consilium/desk"
	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/people"
	"consilium/store"
)

// backupKey is who the backups of these tests are closed to: a passphrase is made to cost seconds.
var backupKey, _ = age.GenerateX25519Identity()

// TestARestoreRevivesNobodyAndNothing: words and a file that were destroyed after the backup are not there when the restored node serves, on the word of the list of erasures alone; who was signed
// in is not, and who has left since is disabled.
func TestARestoreRevivesNobodyAndNothing(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("Erased after the backup")
	note := north.Note(id, secretWords)
	file := north.Attach(id, []byte("the wrong patient's image"), "images")
	imaging := imagingOf(north, id)
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := north.Backup(t.Context(), desk.BackupOrder{To: backup, Recipient: backupKey.Recipient().String()}); err != nil {
		t.Fatal(err)
	}
	erasure := north.Say(id, ledger.KindErased, nodetest.Says{"reason": "law"}, note, imaging)
	w.Until("it is destroyed", func() bool { return state(north, north, id, erasure) == "destroyed" })
	before := north.Staff[nodetest.Head].Token
	err := north.Desk().DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.ByUsername(ctx, tx, nodetest.Surgeon)
		if err != nil {
			return err
		}
		p.Active = false
		_, err = people.Update(ctx, tx, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	north.Stop()
	newest := filepath.Join(north.Dir, node.ErasuresFile)
	if list, err := os.ReadFile(newest); err != nil || !bytes.Contains(list, []byte("person "+string(north.Staff[nodetest.Surgeon].ID)+" left")) {
		t.Fatalf("the list of erasures has %s, %v", list, err)
	}
	o := store.Opening{Identity: backupKey.String()}
	if checked, err := node.CheckBackup(t.Context(), backup, t.TempDir(), o); err != nil || checked.Threads != 1 || checked.Files == 0 || len(checked.Breaks) > 0 {
		t.Errorf("the backup is checked as %+v, %v", checked, err)
	}
	north.Dir = filepath.Join(t.TempDir(), "restored")
	if _, _, err := node.Restore(t.Context(), backup, north.Dir, newest, o); err != nil {
		t.Fatal(err)
	}
	north.Start()
	if north.Staff[nodetest.Head].Token == before {
		t.Error("a token of before the restore is good")
	}
	if err := north.Ask(nodetest.Surgeon, "GET", "/hospital", nil, nil); err == nil {
		t.Error("who has left since the backup is back")
	}
	if s := north.Log(id).Find(note); !s.Erased || s.HasBody() {
		t.Error("words that were destroyed are back")
	}
	if north.Desk().Blobs.Has(file) {
		t.Error("a file that was destroyed is back")
	}
	w.Until("it is answered again", func() bool { return len(north.Log(id).Unanswered(north.ID)) == 0 })
	if where := onDisk(t, north, secretWords); where != "" {
		t.Errorf("the words are in %s", where)
	}
	if r := north.MustVerify(nil); len(r.Breaks) > 0 {
		t.Error(r.Breaks)
	}
}

// TestVerifyFindsWhatIsGone: a thread, the end of the access log, and a file that the hospital attached itself.
func TestVerifyFindsWhatIsGone(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("Gone")
	other := north.OpenCase("Stays")
	file := north.Attach(other, []byte("an image"), "images")
	north.MustAsk(nodetest.Head, "GET", "/cases/"+other.String(), nil, nil) // is a row of the access log
	north.Restart()                                                         // writes the list of heads
	if r := north.MustVerify(nil); len(r.Breaks) > 0 || len(r.NotProved) == 0 {
		t.Fatalf("%+v", r)
	}
	finds := func(what string) {
		t.Helper()
		r, err := north.Verify(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(r.Breaks, func(b string) bool { return strings.Contains(b, what) }) {
			t.Errorf("%q is not among %q", what, r.Breaks)
		}
	}
	north.Tamper(t, `DELETE FROM access_log WHERE place = (SELECT MAX(place) FROM access_log)`)
	finds("its tail was cut off")
	for _, table := range []string{"entry", "thread"} {
		north.Tamper(t, `DELETE FROM `+table+` WHERE thread = X'`+strings.ReplaceAll(id.String(), "-", "")+`'`)
	}
	finds("it is gone; it had")
	name := file.String()
	if err := os.Remove(filepath.Join(north.Dir, "blobs", name[:2], name[2:4], name)); err != nil {
		t.Fatal(err)
	}
	finds("this hospital attached it")
}

// TestADeepVerifyComparesListsWithTheirEntries: nothing differs after ordinary work, and a row that somebody changed, added or took away by hand is found.
func TestADeepVerifyComparesListsWithTheirEntries(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	for _, title := range []string{"One", "Another", "A third"} {
		id := north.OpenCase(title)
		note := north.Note(id, "A question about "+title)
		north.Say(id, ledger.KindErased, nodetest.Says{"reason": "mistake"}, note)
		north.Note(id, "Another question")
	}
	w.Until("the erasures are carried out", func() bool {
		r, err := north.Verify(t.Context(), nil)
		return err == nil && r.Erased == 3
	})
	deep := func() []string {
		t.Helper()
		r, err := north.VerifyDeep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r.Breaks
	}
	if breaks := deep(); len(breaks) > 0 {
		t.Fatalf("before anything was changed: %q", breaks)
	}
	for _, change := range []string{`UPDATE case_row SET title = 'Changed' WHERE title = 'One'`, `DELETE FROM case_person WHERE person IN (SELECT person FROM case_person LIMIT 1)`} {
		north.Tamper(t, change)
		if breaks := deep(); !slices.ContainsFunc(breaks, func(b string) bool { return strings.Contains(b, "no entry explains") }) {
			t.Errorf("after %s: %q", change, breaks)
		}
		if err := north.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if breaks := deep(); len(breaks) > 0 {
			t.Fatalf("after making them anew: %q", breaks)
		}
	}
}
