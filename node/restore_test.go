package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	"consilium/store/storetest"
)

// backupKey is who the backups of these tests are closed to: a passphrase is made to cost seconds.
var backupKey, _ = age.GenerateX25519Identity()

// old is a hospital of which a backup was made before words and a file were erased and somebody left. It is stopped.
type old struct {
	*nodetest.Hospital
	w              *nodetest.World
	backup, newest string // the backup, and the list of erasures of after it
	id             ledger.ThreadID
	note, file     ledger.Hash
	token          string // of the head of department, of before the restore
}

func newOld(t *testing.T) *old {
	t.Helper()
	w := nodetest.New(t, "north")
	o := &old{Hospital: w.Hospital("north"), w: w, backup: filepath.Join(t.TempDir(), "backup")}
	o.id = o.OpenCase("Erased after the backup")
	o.note = o.Note(o.id, secretWords)
	o.file = o.Attach(o.id, []byte("the wrong patient's image"), "images")
	imaging := imagingOf(o.Hospital, o.id)
	if _, err := o.Backup(t.Context(), desk.BackupOrder{To: o.backup, Recipient: backupKey.Recipient().String()}); err != nil {
		t.Fatal(err)
	}
	erasure := o.Say(o.id, ledger.KindErased, nodetest.Says{"reason": "law"}, o.note, imaging)
	w.Until("it is destroyed", func() bool { return state(o.Hospital, o.Hospital, o.id, erasure) == "destroyed" })
	o.token = o.Staff[nodetest.Head].Token
	err := o.Desk().DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
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
	o.Stop()
	o.newest = filepath.Join(o.Dir, node.ErasuresFile)
	if list, err := os.ReadFile(o.newest); err != nil || !bytes.Contains(list, []byte("person "+string(o.Staff[nodetest.Surgeon].ID)+" left")) {
		t.Fatalf("the list of erasures has %s, %v", list, err)
	}
	return o
}

// start opens the restored folder, in which whoever was signed in before tries to be.
func (o *old) start(dir string) error {
	o.Dir = dir
	o.Staff[nodetest.Head] = nodetest.Person{ID: o.Staff[nodetest.Head].ID, Token: o.token}
	return o.TryStart()
}

// revivedNothing looks at the restored hospital, which runs.
func (o *old) revivedNothing(t *testing.T) {
	t.Helper()
	if o.Staff[nodetest.Head].Token == o.token {
		t.Error("a token of before the restore is good")
	}
	if err := o.Ask(nodetest.Surgeon, "GET", "/hospital", nil, nil); err == nil {
		t.Error("who has left since the backup is back")
	}
	if s := o.Log(o.id).Find(o.note); !s.Erased || s.HasBody() {
		t.Error("words that were destroyed are back")
	}
	if o.Desk().Blobs.Has(o.file) {
		t.Error("a file that was destroyed is back")
	}
	o.w.Until("it is answered again", func() bool { return len(o.Log(o.id).Unanswered(o.ID)) == 0 })
	if where := onDisk(t, o.Hospital, secretWords); where != "" {
		t.Errorf("the words are in %s", where)
	}
	if r := o.MustVerify(nil); len(r.Breaks) > 0 {
		t.Error(r.Breaks)
	}
}

// TestARestoreRevivesNobodyAndNothing: words and a file that were destroyed after the backup are not there when the restored node serves, on the word of the list of erasures alone; who was signed
// in is not, and who has left since is disabled.
func TestARestoreRevivesNobodyAndNothing(t *testing.T) {
	o := newOld(t)
	opening := store.Opening{Identity: backupKey.String()}
	if checked, err := node.CheckBackup(t.Context(), o.backup, t.TempDir(), opening); err != nil || checked.Threads != 1 || checked.Files == 0 || len(checked.Breaks) > 0 {
		t.Errorf("the backup is checked as %+v, %v", checked, err)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	if _, _, err := node.Restore(t.Context(), o.backup, dir, o.newest, opening); err != nil {
		t.Fatal(err)
	}
	if err := o.start(dir); err != nil {
		t.Fatal(err)
	}
	o.revivedNothing(t)
}

// TestARestoreStoppedAtAnyWriteRevivesNobodyAndNothing stops the machine at the writes of a restore, and of the first opening after it, in turn (at all of them with CRASH=all). What is left does not open,
// or opens as one that was not stopped.
func TestARestoreStoppedAtAnyWriteRevivesNobodyAndNothing(t *testing.T) {
	o := newOld(t)
	storetest.EachWrite(t, 20, func(t *testing.T, n int) (over bool) {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(n))
		resume := storetest.StopAt(n)
		_, _, err := node.Restore(t.Context(), o.backup, dir, o.newest, store.Opening{Identity: backupKey.String()})
		if err == nil {
			var first *node.Node
			if first, err = node.Open(t.Context(), nodetest.Options(dir, o.w.Clock)); err == nil {
				err = first.Close()
			}
		}
		stopped := resume()
		if !stopped && err != nil {
			t.Fatal(err)
		}
		if err := o.start(dir); err == nil {
			o.revivedNothing(t)
			o.Stop()
		} else if !stopped || !errors.Is(err, store.ErrNoStore) && !errors.Is(err, node.ErrNoHospital) {
			t.Errorf("it does not open: %v", err)
		}
		return !stopped
	})
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
