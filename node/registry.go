package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/network"
	"consilium/node/command"
	"consilium/record"
	"consilium/registry"
	"consilium/registry/waiver"
	"consilium/store"
	"consilium/web/api"
	"consilium/web/api/rows"
	"consilium/web/face"
	registrypage "consilium/web/page/registry"
	"consilium/web/page/reply"
)

// registryRoom makes rows of cases.
func registryRoom() Room {
	return Room{
		Name:       "registry",
		Needs:      []string{"cases"},
		Threads:    []func(casebook.Packs) *record.Talk{func(casebook.Packs) *record.Talk { return waiver.Talk() }},
		Folds:      (*Node).registryFolds,
		Migrations: []fs.FS{registry.Migrations},
		Lay:        []func(*Node) error{(*Node).layRegistry},
		Pages:      []face.Pages{registrypage.Pages(), reply.Pages()},
		Operations: []func(*api.API){rows.Operations},
		Commands:   []any{&command.Registry{}},
	}
}

// registryFolds depend on the packs, where one changes, rows are folded anew, and on whose the patients are.
func (n *Node) registryFolds() []ledger.Projection {
	var stamp strings.Builder
	for _, p := range n.packs.all() {
		hash := p.Hash()
		stamp.WriteString(p.ID + " " + hex.EncodeToString(hash[:8]) + "\n")
	}
	return []ledger.Projection{waiver.Projection(n.hospital.ID), registry.Projection(n.hospital.ID, n.packs.find, stamp.String())}
}

// pseudonymFile holds the secret of this hospital's pseudonyms. It is no key: who has it and the database can tell who a pseudonym is, as who has the database can anyway.
const pseudonymFile = "pseudonyms"

func (n *Node) layRegistry() error {
	secret, err := keptSecret(filepath.Join(n.o.Dir, "keys", pseudonymFile))
	if err != nil {
		return err
	}
	n.desk.Registry = &registry.Registry{Me: n.hospital.ID, Packs: n.packs.find, Secret: secret, Now: n.o.Now, Distances: n.distances}
	n.desk.Freezes = &registry.Freezes{Kept: n.freezes, Now: n.o.Now}
	return nil
}

// distances are those from this hospital to its partners, as far as both say where they are.
func (n *Node) distances(ctx context.Context, tx ledger.Tx) (map[ledger.HospitalID]int64, error) {
	if n.hospital.Lat == nil || n.hospital.Lon == nil {
		return nil, nil
	}
	partners, err := network.Partners(ctx, tx)
	if err != nil {
		return nil, err
	}
	km := map[ledger.HospitalID]int64{}
	for _, p := range partners {
		if lat, lon, ok := face.PlaceOf(p.Place); ok {
			km[p.Hospital] = int64(math.Round(face.GreatCircle(*n.hospital.Lat, *n.hospital.Lon, lat, lon)))
		}
	}
	return km, nil
}

// keptSecret reads a secret of this hospital, or makes one.
func keptSecret(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		secret = make([]byte, 32)
		rand.Read(secret)
		err = store.WriteFile(path, secret)
	}
	return secret, err
}
