package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
	"consilium/store"
)

// Backup copies the data folder, keys and all, while everything goes on, closed to a recipient or by a passphrase. The list of erasures lies beside it in the clear. It holds all that was
// acknowledged before it began, images too whose scanner was answered before they were in the index.
func (n *Node) Backup(ctx context.Context, order desk.BackupOrder) (without []lang.Text, err error) {
	files, err := keyFiles(n.o.Dir)
	if err != nil {
		return nil, err
	}
	if err := n.listErasures(ctx); err != nil {
		return nil, err
	}
	if n.images != nil {
		err = n.images.Settle(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for images that were received to come into the index: %w", err)
	}
	seal := store.Sealing{Recipient: order.Recipient, Passphrase: order.Passphrase}
	err = n.store.Backup(ctx, order.To, seal, []string{ErasuresFile}, files...)
	if errors.Is(err, store.ErrSealing) || errors.Is(err, store.ErrOtherRecipient) {
		err = errors.Join(desk.ErrInput, err)
	}
	return leftOut(n.store.Without(), n.hospital), err
}

// leftOut tells in words what a backup does not hold, and who keeps it.
func leftOut(list []store.Left, h Hospital) (texts []lang.Text) {
	for _, l := range list {
		switch l {
		case store.LeftDatabase:
			texts = append(texts, lang.Phrase("settings.backup.database", nil))
		case store.LeftFiles:
			place := h.Blobs
			if a, err := store.ParseBucket(h.Blobs); err == nil {
				place = a.String()
			}
			texts = append(texts, lang.Phrase("settings.backup.files", map[string]any{"place": place}))
		}
	}
	return texts
}

// Restore puts a backup into an empty folder, with the newest list of erasures that there is, where it is not the backup's own. The node that opens it makes a new signing key, lets nobody
// in who was signed in before, applies the list before it serves, and gets what came after the backup from its partners.
//
// What the backup does not hold is told: the database of PostgreSQL, files in an object store. Without its database the folder gets its new signing key at once, for nothing else would
// show that it was restored.
func Restore(ctx context.Context, from, dir, newest string, o store.Opening) (h Hospital, without []lang.Text, err error) {
	left, err := store.Restore(ctx, from, dir, o, store.Settling{Last: hospitalFile, Before: func(left []store.Left) error {
		err := putErasures(from, dir, newest)
		if err == nil && slices.Contains(left, store.LeftDatabase) {
			err = renewSigner(dir, time.Now())
		}
		return err
	}})
	if err != nil {
		return h, nil, err
	}
	h, err = ReadHospital(dir)
	return h, leftOut(left, h), err
}

// renewSigner gives a folder whose node does not run a signing key of its own.
func renewSigner(dir string, now time.Time) error {
	k, err := openKeyring(dir)
	if err != nil {
		return err
	}
	return k.NewSigner(now)
}

// putErasures lays the list of erasures of a backup into a folder, and a newer one behind it.
func putErasures(from, dir, newest string) error {
	var list strings.Builder
	for _, path := range []string{filepath.Join(from, ErasuresFile), newest} {
		raw, err := os.ReadFile(path)
		if path == "" || path != newest && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the list of erasures: %w", err)
		}
		list.Write(append(raw, '\n'))
	}
	return store.WriteFile(filepath.Join(dir, ErasuresFile), []byte(list.String()))
}

// CheckedBackup is what was found in a backup.
type CheckedBackup struct {
	Hospital string      `json:"hospital"`
	Threads  int         `json:"threads"`
	Entries  int         `json:"entries"`
	Files    int         `json:"files"`
	Breaks   []string    `json:"breaks"`
	Without  []lang.Text `json:"without,omitempty"` // what is not in it
}

// CheckBackup proves a backup without installing it: everything in it is opened, each file compared with its hash, and every thread of its database proved. It works in a folder of its own, which
// it removes.
func CheckBackup(ctx context.Context, from, scratch string, o store.Opening) (c CheckedBackup, err error) {
	dir, err := os.MkdirTemp(scratch, "consilium-check-*")
	if err != nil {
		return c, fmt.Errorf("checking a backup: %w", err)
	}
	defer os.RemoveAll(dir)
	files, left, err := store.CheckBackup(ctx, from, filepath.Join(dir, "data"), o)
	if err != nil {
		return c, err
	}
	h, err := ReadHospital(filepath.Join(dir, "data"))
	if err != nil {
		return c, err
	}
	c.Hospital, c.Files, c.Breaks = h.Name, files, []string{}
	c.Without = leftOut(left, h)
	if slices.Contains(left, store.LeftDatabase) {
		return c, nil // keys and settings opened; there are no threads to prove
	}
	s, err := store.Open(ctx, store.Options{Dir: filepath.Join(dir, "data"), Migrations: migrations(Rooms())})
	if err != nil {
		return c, err
	}
	n := &Node{store: s, db: database{store: s}}
	r := VerifyReport{Breaks: []string{}}
	err = errors.Join(n.verifyIntegrity(ctx, &r), n.verifyThreads(ctx, nil, &r), s.Close())
	c.Threads, c.Entries, c.Breaks = r.Threads, r.Entries, r.Breaks
	return c, err
}

// shutOutAfterRestore keeps a restore from reviving anybody. It is asked in the transaction that gives the node its new key.
func (n *Node) shutOutAfterRestore(ctx context.Context, tx ledger.Tx) error {
	list, err := readErasures(filepath.Join(n.o.Dir, ErasuresFile))
	if err != nil {
		return err
	}
	var left []ledger.PersonID
	for id, gone := range list.left {
		if gone {
			left = append(left, id)
		}
	}
	slices.Sort(left)
	disabled, err := people.Restored(ctx, tx, left)
	if err != nil {
		return err
	}
	n.o.Log.Warn("all sessions and tokens of before the restore have ended", slog.Int("people who have left since", disabled))
	return security.Write(ctx, tx, security.Row{At: n.o.Now(), Event: security.Restored, By: security.Local, Detail: fmt.Sprintf("%d people who have left since are disabled", disabled), Origin: "start"})
}

// applyErasures destroys, before the node serves, what the list of erasures names and the database still holds: the backup is older. What this hospital may erase itself it erases again where the
// erasure is not among the entries; partners give the others.
func (n *Node) applyErasures(ctx context.Context) error {
	list, err := readErasures(filepath.Join(n.o.Dir, ErasuresFile))
	if err != nil {
		return err
	}
	some := false
	err = n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		done, err := ledger.AllDestroyed(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range done {
			delete(list.known, d.Entry)
		}
		for id, entries := range list.entries {
			entries = slices.DeleteFunc(entries, func(h ledger.Hash) bool { return !list.known[h] })
			if len(entries) == 0 {
				continue
			}
			did, err := n.destroyAgain(ctx, tx, id, entries)
			if err != nil {
				return err
			}
			some = some || did
		}
		return nil
	})
	if err != nil || !some {
		return err
	}
	n.o.Log.Warn("words that were destroyed after the backup was made are destroyed again")
	return errors.Join(n.bury(ctx), n.buryDoomed(ctx))
}

func (n *Node) destroyAgain(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, entries []ledger.Hash) (bool, error) {
	l, err := n.book.Log(ctx, tx, id)
	if errors.Is(err, ledger.ErrNoThread) {
		return false, nil // it comes from a partner, without the words
	}
	if err != nil {
		return false, err
	}
	var again []ledger.Hash
	for _, h := range entries {
		s := l.Find(h)
		if s != nil && !s.Erased && (s.Hospital == n.hospital.ID || l.Roster.Steward == n.hospital.ID) && l.Roster.State(n.hospital.ID) == ledger.Joined {
			again = append(again, h)
		}
	}
	for part := range slices.Chunk(again, ledger.MaxRefs) {
		_, err := n.book.Append(ctx, tx, ledger.Draft{Thread: id, Kind: ledger.KindErased, Person: "node", Author: ledger.Author{Name: "Consilium", Role: string(people.System)},
			Refs: part, Says: ledger.Erasure{Reason: "restored"}}, n.o.Now())
		if err != nil {
			return false, err
		}
	}
	if l, err = n.book.Log(ctx, tx, id); err != nil {
		return false, err
	}
	if n.patientErased(ctx, tx, l) {
		traces, err := n.desk.Traces(ctx, id) // nobody writes yet
		if err == nil {
			err = n.desk.ForgetPatient(ctx, tx, id, traces)
		}
		if err != nil {
			return false, err
		}
	}
	return true, n.book.Destroy(ctx, tx, id, entries, n.o.Now())
}
