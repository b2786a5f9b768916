package node

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"consilium/ledger"
	"consilium/store"
)

// anchorsFile stands beside the database: how far each thread was, under a code that only this folder's key makes. A thread that is gone, and one that has lost its last entries, are told from it. It is written
// every few minutes and when the node stops: what was lost of the time since, it does not show.
const (
	anchorsFile = "anchors"
	anchorsKey  = "anchors" // in the folder keys
	anchorsForm = "consilium anchors 1"
)

// writeAnchors writes the list anew.
func (n *Node) writeAnchors(ctx context.Context) error {
	key, err := keptSecret(filepath.Join(n.o.Dir, "keys", anchorsKey))
	if err != nil {
		return err
	}
	var list bytes.Buffer
	fmt.Fprintf(&list, "%s %s\n", anchorsForm, n.o.Now().UTC().Format(time.RFC3339))
	err = n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		heads, err := ledger.Heads(ctx, tx)
		if err != nil {
			return err
		}
		for _, h := range heads {
			fmt.Fprintf(&list, "thread %s %d %s\n", h.Thread, h.Entries, h.Digest)
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(&list, "code %x\n", codeOf(key, list.Bytes()))
	return store.WriteFile(filepath.Join(n.o.Dir, anchorsFile), list.Bytes())
}

func codeOf(key, list []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(list)
	return m.Sum(nil)
}

// verifyAnchors compares what is here with the list.
func (n *Node) verifyAnchors(ctx context.Context, r *VerifyReport) error {
	raw, err := os.ReadFile(filepath.Join(n.o.Dir, anchorsFile))
	if errors.Is(err, fs.ErrNotExist) {
		r.NotProved = append(r.NotProved, "that no thread as a whole is missing: the list of threads has not been written yet")
		return nil
	}
	if err != nil {
		return err
	}
	key, err := keptSecret(filepath.Join(n.o.Dir, "keys", anchorsKey))
	if err != nil {
		return err
	}
	end := bytes.LastIndex(raw, []byte("code "))
	if end < 0 || !hmac.Equal([]byte(strings.TrimSpace(string(raw[end+5:]))), []byte(hex.EncodeToString(codeOf(key, raw[:end])))) {
		r.Breaks = append(r.Breaks, "the list of threads was changed: it does not carry this folder's code")
		return nil
	}
	return n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		lines := bufio.NewScanner(bytes.NewReader(raw[:end]))
		for lines.Scan() {
			broken, err := anchorHolds(ctx, tx, strings.Fields(lines.Text()))
			if err != nil {
				return err
			}
			if broken != "" {
				r.Breaks = append(r.Breaks, broken)
			}
		}
		first, _, _ := bytes.Cut(raw, []byte("\n"))
		r.NotProved = append(r.NotProved, "that nothing was lost as a whole since the list of threads of "+strings.TrimPrefix(string(first), anchorsForm+" "))
		return lines.Err()
	})
}

// anchorHolds tells what one line of the list says that is not so.
func anchorHolds(ctx context.Context, tx ledger.Tx, words []string) (broken string, err error) {
	switch {
	case len(words) == 4 && words[0] == "thread":
		id, err := ledger.ParseThreadID(words[1])
		if err != nil {
			return "", err
		}
		var entries int
		if _, err := fmt.Sscan(words[2], &entries); err != nil {
			return "", err
		}
		digest, here, err := ledger.FirstEntries(ctx, tx, id, entries)
		switch {
		case err != nil:
			return "", err
		case here == 0:
			return fmt.Sprintf("thread %s: it is gone; it had %d entries", id, entries), nil
		case here < entries:
			return fmt.Sprintf("thread %s: %d of its %d entries are gone", id, entries-here, entries), nil
		case digest.String() != words[3]:
			return fmt.Sprintf("thread %s: its first %d entries are others than they were", id, entries), nil
		}
	}
	return "", nil
}
