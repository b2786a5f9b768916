package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
	"consilium/store"
)

// VerifyReport is what a verification found.
type VerifyReport = desk.VerifyReport

// Verify proves one thread, or all with the database's pages, every file, the access log and the list of heads, from their bytes. What is broken is in the report, not the error; and what it
// could not prove is there too.
func (n *Node) Verify(ctx context.Context, thread *ledger.ThreadID) (VerifyReport, error) {
	r := VerifyReport{Breaks: []string{}, NotProved: []string{}}
	if thread != nil {
		return r, n.verifyThreads(ctx, thread, &r)
	}
	// The pages first: what is read from a damaged one is no proof of anything.
	for _, step := range []func(context.Context, *VerifyReport) error{n.verifyIntegrity,
		func(ctx context.Context, r *VerifyReport) error { return n.verifyThreads(ctx, nil, r) }, n.verifyFiles, n.verifyOwnFiles, n.verifyAccessLog, n.verifyPeople, n.verifyHeads, n.verifyAnchors} {
		if err := step(ctx, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (n *Node) verifyIntegrity(ctx context.Context, r *VerifyReport) error {
	damage, looked, err := n.store.Integrity(ctx)
	for _, line := range damage {
		r.Breaks = append(r.Breaks, "the database file is damaged: "+line)
	}
	if !looked {
		r.NotProved = append(r.NotProved, "the pages of the PostgreSQL database: its operator checks them (pg_amcheck)")
	}
	return err
}

func (n *Node) verifyThreads(ctx context.Context, thread *ledger.ThreadID, r *VerifyReport) error {
	var ids []ledger.ThreadID
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		if thread != nil {
			ids = []ledger.ThreadID{*thread}
			return nil
		}
		ids, err = ledger.Threads(ctx, tx)
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = n.verifyThread(ctx, id, r)
		}
	}
	return err
}

// verifyOwnFiles looks for the files that this hospital attached itself: nobody else need have them. Those of others come again.
func (n *Node) verifyOwnFiles(ctx context.Context, r *VerifyReport) error {
	return n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		own, err := ledger.OwnFiles(ctx, tx, n.hospital.ID)
		if err != nil {
			return err
		}
		var last ledger.Hash
		for _, f := range own {
			gone := false
			if f.Hash != last {
				if gone, err = store.Gone(ctx, n.store.Blobs(), f.Hash); err != nil {
					return err
				}
			}
			if gone {
				r.Breaks = append(r.Breaks, fmt.Sprintf("file %s: this hospital attached it to thread %s, and it is gone; put it back from a backup", f.Hash, f.Thread))
			}
			last = f.Hash
		}
		r.NotProved = append(r.NotProved, notProvedSessions, notProvedLists)
		return nil
	})
}

// What Verify cannot tell.
const (
	notProvedSessions = "that who is signed in came in by the door: sessions and links for a password come and go unsigned; consilium user sessions end ends them"
	notProvedLists    = "that lists and searches are what the entries fold to: consilium verify --deep compares them"
)

// VerifyDeep implements [desk.Keeper]. Where a projection is being folded anew anyway there is nothing to compare, and the report says so.
func (n *Node) VerifyDeep(ctx context.Context) (VerifyReport, error) {
	r, err := n.Verify(ctx, nil)
	if err != nil {
		return r, err
	}
	unusable, usable, err := n.behind(ctx)
	if err != nil {
		return r, err
	}
	r.NotProved = slices.DeleteFunc(r.NotProved, func(s string) bool { return s == notProvedLists })
	names := slices.DeleteFunc(n.book.Projections(), func(name string) bool {
		behind := slices.Contains(append(unusable, usable...), name)
		if behind {
			r.NotProved = append(r.NotProved, "that the lists of "+name+" are what the entries fold to: they are being folded anew")
		}
		return behind
	})
	differences, err := n.book.Differences(ctx, n.db, nil, names...)
	for _, d := range differences {
		r.Breaks = append(r.Breaks, fmt.Sprintf("table %s: %d rows are missing and %d are there that no entry explains; consilium rebuild makes it anew", d.Table, d.Missing, d.Extra))
	}
	return r, err
}

func (n *Node) verifyThread(ctx context.Context, id ledger.ThreadID, r *VerifyReport) error {
	return n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := ledger.Verify(ctx, tx, id)
		var broken *ledger.Break
		if errors.As(err, &broken) {
			r.Breaks = append(r.Breaks, broken.Error())
			err = nil
		}
		r.Threads++
		r.Entries, r.Erased, r.Forks, r.Late = r.Entries+p.Entries, r.Erased+p.Erased, r.Forks+p.Forks, r.Late+p.Late
		return err
	})
}

func (n *Node) verifyFiles(ctx context.Context, r *VerifyReport) error {
	return n.store.Blobs().Walk(ctx, func(hash store.Hash, _ int64) error {
		r.Files++
		err := n.store.Blobs().Verify(ctx, hash)
		if errors.Is(err, store.ErrWrongHash) {
			r.Breaks = append(r.Breaks, fmt.Sprintf("file %s: its bytes have changed; delete it, and partners that have it send it again", ledger.Hash(hash)))
			err = nil
		}
		return err
	})
}

func (n *Node) verifyAccessLog(ctx context.Context, r *VerifyReport) error {
	return n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := access.VerifyLog(ctx, tx); err != nil {
			r.Breaks = append(r.Breaks, "access log: "+err.Error())
		}
		if err := security.Verify(ctx, tx); err != nil {
			r.Breaks = append(r.Breaks, "security log: "+err.Error())
		}
		return nil
	})
}

// verifyPeople compares rows of people, roles, privileges, passkeys and tokens with the last signed change of each person.
func (n *Node) verifyPeople(ctx context.Context, r *VerifyReport) error {
	return n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		breaks, err := people.Unexplained(ctx, tx, n.db.key)
		r.Breaks = append(r.Breaks, breaks...)
		return err
	})
}

// changesFile holds the key that signs changes of people where the hospital has one node. Several nodes make theirs from what they share.
const changesFile = "changes"

// changesKey is what signs the changes of people. It is not in the database: who can write that and not the folder cannot make a change that verify believes.
func (n *Node) changesKey() ([]byte, error) {
	if !n.store.Postgres() {
		return keptSecret(filepath.Join(n.keys.dir, changesFile))
	}
	shared, err := keptSecret(filepath.Join(n.keys.dir, closetKey))
	return codeOf(shared, []byte("changes of people")), err
}

// keyFiles are the small files of a data folder: hospital.toml, keys, adopted packs.
func keyFiles(dir string) ([]string, error) {
	files := []string{hospitalFile}
	for _, folder := range []string{"keys", packFolder} {
		err := filepath.WalkDir(filepath.Join(dir, folder), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && folder == packFolder {
				return nil
			}
			if err != nil || d.IsDir() || strings.Contains(d.Name(), ".new-") {
				return err
			}
			relative, err := filepath.Rel(dir, path)
			files = append(files, relative)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("listing the files of %s: %w", folder, err)
		}
	}
	return files, nil
}
