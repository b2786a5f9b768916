package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"consilium/store"
)

// ownKeys are the files of keys that each node makes for itself.
var ownKeys = []string{headKeyFile, anchorsKey}

// AddNode makes the data folder of another node of a hospital beside that of the first: the hospital's settings, the keys that all of its nodes have, its adopted packs, and a signing key of its own. The folder
// is then carried to its machine. What of the hospital is not in the database and in its bucket would be at one node only, so it is refused without both.
func AddNode(dir, to string, now time.Time) (Hospital, error) {
	h, err := ReadHospital(dir)
	if err != nil {
		return h, err
	}
	if h.DB == "" || h.Blobs == "" {
		return h, errOneNode
	}
	files, err := keyFiles(dir)
	if err != nil {
		return h, err
	}
	shared := filepath.Join("keys", closetKey)
	if !slices.Contains(files, shared) || slices.ContainsFunc(files, func(f string) bool { return strings.HasPrefix(f, filepath.Join("keys", sealedFolder)) }) {
		return h, errors.New("start the node once with this release first: it makes what the nodes share")
	}
	if entries, err := os.ReadDir(to); err == nil && len(entries) > 0 {
		return h, fmt.Errorf("adding a node in %s: %w", to, store.ErrNotEmpty)
	}
	if err := copyFiles(dir, to, files); err != nil {
		return h, err
	}
	if err := renewSigner(to, now); err != nil {
		return h, err
	}
	return h, h.write(to) // last: without it the folder does not open
}

// copyFiles copies what all nodes have. The signing key goes along and is replaced, for a folder of keys opens only whole.
func copyFiles(dir, to string, files []string) error {
	for _, name := range files {
		if name == hospitalFile || slices.Contains(ownKeys, filepath.Base(name)) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o700); err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
		if err := store.WriteFile(filepath.Join(to, name), raw); err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
	}
	return nil
}
