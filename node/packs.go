package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/people/security"
	"consilium/store"
)

// packFolder holds the packs that this hospital's administrator adopted, beside those of the program: one file for each version.
const packFolder = "packs"

// shelf are the pathway packs in force here. The adopted ones are read at the start; those of the program when somebody first asks for one, for that
// takes longer than all the rest of the start.
type shelf struct {
	list    func() []*pathway.Pack
	adopted []string // id, version and hash of each that was adopted here
}

// openShelf reads the adopted packs. One that does not load is told in the log and left out: a faulty file must not stop the hospital.
func openShelf(dir string, log *slog.Logger) (shelf, error) {
	var adopted []*pathway.Pack
	s := shelf{list: sync.OnceValue(func() []*pathway.Pack { return append(pathway.Shipped(), adopted...) })}
	files, err := os.ReadDir(filepath.Join(dir, packFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading the adopted packs: %w", err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".yaml") {
			continue
		}
		p, err := pathway.LoadFS(os.DirFS(filepath.Join(dir, packFolder)), f.Name())
		if err != nil {
			log.Error("an adopted pack is faulty and not in force", slog.String("file", f.Name()), slog.Any("err", err))
			continue
		}
		adopted = append(adopted, p)
		s.adopted = append(s.adopted, fmt.Sprintf("%s %s %x", p.ID, p.Version, p.Hash()))
	}
	return s, nil
}

// noteAdopted writes into the security log which packs act here since this start, however they came into the folder.
func (n *Node) noteAdopted(ctx context.Context) error {
	if len(n.packs.adopted) == 0 {
		return nil
	}
	return n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for _, pack := range n.packs.adopted {
			there, err := security.Noted(ctx, tx, security.PackAdopted, pack)
			if err == nil && !there {
				err = security.Write(ctx, tx, security.Row{At: n.o.Now(), Event: security.PackAdopted, By: security.Local, Detail: pack, Origin: "start"})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// find gives a pack of a version; without a version the one adopted last, or else the shipped one.
func (s shelf) find(id, version string) *pathway.Pack {
	for _, p := range slices.Backward(s.list()) {
		if p.ID == id && (version == "" || p.Version == version) {
			return p
		}
	}
	return nil
}

// all are those that a case can be opened with: each pathway once, in its newest version.
func (s shelf) all() []*pathway.Pack {
	var list []*pathway.Pack
	for _, p := range s.list() {
		if !p.Abstract && s.find(p.ID, "") == p {
			list = append(list, p)
		}
	}
	return list
}

// AdoptPack checks a pack and puts it among those of a hospital. It acts from the node's next start. A version is adopted once: answers were given by it.
func AdoptPack(dir, file string) (*pathway.Pack, error) {
	if _, err := ReadHospital(dir); err != nil {
		return nil, err
	}
	p, err := pathway.LoadFS(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil {
		return nil, err
	}
	for _, there := range pathway.Shipped() {
		if there.ID == p.ID && there.Version == p.Version && there.Hash() != p.Hash() {
			return nil, fmt.Errorf("the pack %s %s comes with the program and says something else; give yours another version", p.ID, p.Version)
		}
	}
	folder := filepath.Join(dir, packFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of adopted packs: %w", err)
	}
	to := filepath.Join(folder, p.ID+"@"+p.Version+".yaml")
	if old, err := os.ReadFile(to); err == nil && string(old) != string(p.Source()) {
		return nil, fmt.Errorf("the pack %s %s was adopted already and says something else; give the changed one another version", p.ID, p.Version)
	}
	return p, store.WriteFile(to, p.Source())
}
