package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"consilium/ledger"
	"consilium/store"
)

const hospitalFile = "hospital.toml"

// ErrNoHospital says that a folder holds no hospital. A mistyped path must not start an empty one.
var ErrNoHospital = errors.New("there is no hospital in this folder; make one with: consilium init --data DIR --name NAME")

// ErrHospitalHere says that a folder already holds a hospital.
var ErrHospitalHere = errors.New("there is a hospital in this folder already")

// Hospital is what hospital.toml says: who this node is, and where its database is.
type Hospital struct {
	ID   ledger.HospitalID `toml:"id"`
	Name string            `toml:"name"`
	Lat  *float64          `toml:"lat,omitempty"` // degrees north
	Lon  *float64          `toml:"lon,omitempty"` // degrees east
	DB   string            `toml:"db,omitempty"`  // postgres://…; empty: SQLite in the folder
	// Blobs is where files are: s3://…; empty: the folder "blobs".
	Blobs string `toml:"blobs,omitempty"`
	Demo  bool   `toml:"demo,omitempty"` // everything in it is invented, and every page says so
}

// Init makes a hospital in a folder that has none, and returns the text of its recovery sheet: the only copy of the root key.
func Init(ctx context.Context, dir string, h Hospital, now time.Time) (Hospital, string, error) {
	return initWith(ctx, dir, h, now, Rooms())
}

// initWith makes the tables of some rooms only: a folder with tables of a room that is not there is taken for one of a newer release.
func initWith(ctx context.Context, dir string, h Hospital, now time.Time, rooms []Room) (Hospital, string, error) {
	if err := h.check(); err != nil {
		return h, "", err
	}
	if _, err := os.Stat(filepath.Join(dir, hospitalFile)); err == nil {
		return h, "", fmt.Errorf("%s: %w", dir, ErrHospitalHere)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return h, "", fmt.Errorf("making the data folder: %w", err)
	}
	root, err := ledger.NewRoot(rand.Reader)
	if err != nil {
		return h, "", err
	}
	if _, err := newKeyring(dir, root, now); err != nil {
		return h, "", err
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, URL: h.DB, BlobsAt: h.Blobs, Create: true, Migrations: migrations(rooms)})
	if err != nil {
		return h, "", err
	}
	if err := s.Close(); err != nil {
		return h, "", err
	}
	h.ID = root.Hospital()
	// The hospital exists once this file does: a run that stopped before leaves a folder that Init takes up again.
	if err := h.write(dir); err != nil {
		return h, "", err
	}
	return h, recoverySheet(h, root, now), nil
}

func (h Hospital) check() error {
	switch {
	case strings.TrimSpace(h.Name) == "" || utf8.RuneCountInString(h.Name) > 120:
		return errors.New("a hospital has a name of 1 to 120 letters")
	case (h.Lat == nil) != (h.Lon == nil):
		return errors.New("a place has a latitude and a longitude")
	case h.Lat != nil && (*h.Lat < -90 || *h.Lat > 90 || *h.Lon < -180 || *h.Lon > 180):
		return errors.New("a place is LAT,LON in degrees: latitude −90 to 90, longitude −180 to 180")
	}
	return nil
}

// place is where the hospital is, as partners are told: degrees north and east.
func (h Hospital) place() string {
	if h.Lat == nil {
		return ""
	}
	return fmt.Sprintf("%.4f,%.4f", *h.Lat, *h.Lon)
}

func (h Hospital) write(dir string) error {
	raw, err := toml.Marshal(h)
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(dir, hospitalFile), append([]byte("# Made by consilium init. The id follows from the root key and is never changed.\n"), raw...))
}

// ReadHospital reads hospital.toml. A key that it does not know is an error.
func ReadHospital(dir string) (Hospital, error) {
	var h Hospital
	raw, err := os.ReadFile(filepath.Join(dir, hospitalFile))
	if errors.Is(err, fs.ErrNotExist) {
		return h, fmt.Errorf("%s: %w", dir, ErrNoHospital)
	}
	if err != nil {
		return h, fmt.Errorf("reading %s: %w", hospitalFile, err)
	}
	d := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return h, fmt.Errorf("%s has a key that is not known:\n%s", hospitalFile, strict.String())
		}
		return h, fmt.Errorf("%s: %w", hospitalFile, err)
	}
	return h, h.check()
}

// recoverySheet is the only place where the root key is ever written.
func recoverySheet(h Hospital, root ledger.Root, now time.Time) string {
	seed := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(root.Seed())
	var groups []string
	for len(seed) > 0 {
		n := min(4, len(seed))
		groups, seed = append(groups, seed[:n]), seed[n:]
	}
	return fmt.Sprintf(`RECOVERY SHEET OF %s
Hospital ID   %s
Made          %s

Root key      %s
              %s

Print this sheet, lock it away, and delete it from the screen. Whoever holds it can speak in the hospital's name;
without it a lost data folder cannot be replaced under the same ID. The node does not keep a copy.
`, h.Name, h.ID, now.Format("2006-01-02 15:04 -07:00"), strings.Join(groups[:len(groups)/2], " "), strings.Join(groups[len(groups)/2:], " "))
}
