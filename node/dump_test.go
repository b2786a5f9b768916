package node_test

import (
	"path/filepath"
	"testing"

	"consilium/desk"
	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/store"
	"consilium/store/storetest"
)

// TestADumpAndABackupBringAHospitalBack loses the server and the folder of a hospital on PostgreSQL and takes the two copies that the handbook asks for: the server's own of the database, and the folder's. What was said since comes
// back from the partner, and the node signs with a new key.
func TestADumpAndABackupBringAHospitalBack(t *testing.T) {
	w := nodetest.New(t, "north")
	north, at := w.Hospital("north"), storetest.Postgres(t).URL
	south := w.FoundOn("south", at)
	line := w.Partners(north, south)
	id := south.Share("Before the copies", north)
	south.Attach(id, []byte("an image"), "images") // verified at the end
	w.Same(id, north, south)
	dump, backup := filepath.Join(t.TempDir(), "consilium.dump"), filepath.Join(t.TempDir(), "backup")
	storetest.Dump(t, at, dump)
	if _, err := south.Backup(t.Context(), desk.BackupOrder{To: backup, Recipient: backupKey.Recipient().String()}); err != nil {
		t.Fatal(err)
	}
	lost := []ledger.Hash{south.Note(id, "After the copies."), south.Note(id, "And more.")}
	w.Same(id, north, south)
	key := south.Desk().Book.Signer().Key()
	south.Stop()
	storetest.Lose(t, at, dump)
	south.Dir = filepath.Join(t.TempDir(), "restored")
	if _, without, err := node.Restore(t.Context(), backup, south.Dir, "", store.Opening{Identity: backupKey.String()}); err != nil || len(without) != 1 {
		t.Fatalf("without %v: %v", without, err)
	}
	south.Start()
	line.Call()
	w.Same(id, north, south)
	for _, hash := range lost {
		if !south.Has(id, hash) {
			t.Fatal("a lost entry did not come back from the partner")
		}
	}
	renewed(w, south, key, id, north, south)
	if r := south.MustVerify(nil); len(r.Breaks) > 0 {
		t.Errorf("after the restore: %v", r.Breaks)
	}
}
