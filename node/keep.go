package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/people/security"
	"consilium/store"
)

// VerifyReport is what a verification found.
type VerifyReport = desk.VerifyReport

// Verify proves one thread, or all with every file and the access log, from their bytes. What is broken is in the report, not the error.
func (n *Node) Verify(ctx context.Context, thread *ledger.ThreadID) (VerifyReport, error) {
	r := VerifyReport{Breaks: []string{}}
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
			err = n.verifyThread(ctx, id, &r)
		}
	}
	if err != nil || thread != nil {
		return r, err
	}
	return r, errors.Join(n.verifyFiles(ctx, &r), n.verifyAccessLog(ctx, &r), n.verifyHeads(ctx, &r))
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

// Backup copies the data folder, keys and all, while everything goes on.
func (n *Node) Backup(ctx context.Context, to string) error {
	files, err := keyFiles(n.o.Dir)
	if err != nil {
		return err
	}
	return n.store.Backup(ctx, to, files...)
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

// Restore puts a backup into an empty folder. The node that opens it makes a new signing key and gets what came after the backup from its partners.
func Restore(ctx context.Context, from, dir string) (Hospital, error) {
	h, err := ReadHospital(from)
	if err != nil {
		return h, fmt.Errorf("the backup: %w", err)
	}
	files, err := keyFiles(from)
	if err != nil {
		return h, err
	}
	if err := os.MkdirAll(filepath.Join(dir), 0o700); err != nil {
		return h, fmt.Errorf("making the data folder: %w", err)
	}
	return h, store.Restore(ctx, from, dir, files...)
}
