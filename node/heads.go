package node

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
)

// headsFile stands beside the database: one signed line for each time that the ends of the two logs and of the changes of people were noted. Whoever can write the database and not the
// folder (the operator of a PostgreSQL server) cannot cut a tail off without a line that tells.
const (
	headsFile   = "heads"
	headKeyFile = "heads.key"
	headContext = "consilium log heads 1\n"
	headsEvery  = 10 * time.Minute
)

// heads are the ends of the logs at a time.
type heads struct {
	At       int64  `json:"at_ms"`
	Access   logEnd `json:"access"`
	Security logEnd `json:"security"`
	People   logEnd `json:"people,omitzero"`  // of the changes of people; lines of earlier releases have none
	Signed   []byte `json:"signed,omitempty"` // Ed25519 over the context and the line without this
}

type logEnd struct {
	Place int64  `json:"place"`
	Hash  []byte `json:"hash"`
}

func (h heads) text() []byte {
	h.Signed = nil
	raw, _ := json.Marshal(h) // numbers and bytes: it cannot fail
	return append([]byte(headContext), raw...)
}

func (n *Node) headKey() (ed25519.PrivateKey, error) {
	seed, err := keptSecret(filepath.Join(n.o.Dir, "keys", headKeyFile))
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed[:ed25519.SeedSize]), nil
}

// noteHeads signs the ends of the logs into the file, if they have moved.
func (n *Node) noteHeads(ctx context.Context) error {
	key, err := n.headKey()
	if err != nil {
		return err
	}
	h := heads{At: n.o.Now().UnixMilli()}
	err = n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		if h.Access.Place, h.Access.Hash, err = access.LogHead(ctx, tx); err != nil {
			return err
		}
		place, hash, err := security.Head(ctx, tx)
		if err != nil {
			return err
		}
		h.Security = logEnd{place, hash[:]}
		h.People.Place, h.People.Hash, err = people.ChangeHead(ctx, tx)
		return err
	})
	if err != nil || h.Access.Place == n.noted.Access.Place && h.Security.Place == n.noted.Security.Place && h.People.Place == n.noted.People.Place {
		return err
	}
	h.Signed = ed25519.Sign(key, h.text())
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(n.o.Dir, headsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("noting the ends of the logs: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		n.noted = h
	}
	return err
}

// noteHeadsNowAndThen goes on as long as the node.
func (n *Node) noteHeadsNowAndThen(ctx context.Context) {
	tick := time.NewTicker(headsEvery)
	defer tick.Stop()
	for {
		n.watch("ends of the logs", n.noteHeads(ctx))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// verifyHeads finds a tail of the access log or the security log that was cut off: a noted end that is not in the log any more.
func (n *Node) verifyHeads(ctx context.Context, r *desk.VerifyReport) error {
	raw, err := os.ReadFile(filepath.Join(n.o.Dir, headsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	key, keyErr := n.headKey()
	if err = errors.Join(err, keyErr); err != nil {
		return err
	}
	return n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		lines := bufio.NewScanner(bytes.NewReader(raw))
		for number := 1; lines.Scan(); number++ {
			why, err := headBreak(ctx, tx, key, lines.Bytes())
			if err != nil {
				return err
			}
			if why != "" {
				r.Breaks = append(r.Breaks, fmt.Sprintf("line %d of %s: %s", number, headsFile, why))
				return nil
			}
		}
		return lines.Err()
	})
}

// headBreak tells what does not hold of one noted end; "" where all does.
func headBreak(ctx context.Context, tx ledger.Tx, key ed25519.PrivateKey, line []byte) (string, error) {
	var h heads
	if json.Unmarshal(line, &h) != nil || !ed25519.Verify(key.Public().(ed25519.PublicKey), h.text(), h.Signed) {
		return "it is not signed by this node", nil
	}
	seen, err := access.LogHashAt(ctx, tx, h.Access.Place)
	if err != nil {
		return "", err
	}
	if h.Access.Place > 0 && !bytes.Equal(seen, h.Access.Hash) {
		return fmt.Sprintf("the access log had %d rows on %s and has them no more: its tail was cut off", h.Access.Place, time.UnixMilli(h.At).UTC().Format(time.DateTime)), nil
	}
	hash, _, err := security.HashAt(ctx, tx, h.Security.Place)
	if err != nil {
		return "", err
	}
	if h.Security.Place > 0 && !bytes.Equal(hash[:], h.Security.Hash) {
		return fmt.Sprintf("the security log had %d rows on %s and has them no more: its tail was cut off", h.Security.Place, time.UnixMilli(h.At).UTC().Format(time.DateTime)), nil
	}
	code, err := people.ChangeAt(ctx, tx, h.People.Place)
	if err != nil {
		return "", err
	}
	if h.People.Place > 0 && !bytes.Equal(code, h.People.Hash) {
		return fmt.Sprintf("people had %d changes on %s and have them no more: the last were taken back", h.People.Place, time.UnixMilli(h.At).UTC().Format(time.DateTime)), nil
	}
	return "", nil
}
