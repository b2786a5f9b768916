package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Projection is a fold kept in tables, so that pages need not fold everything. Its tables can be dropped and made again from the entries at any time.
type Projection struct {
	Name    string
	Version int      // of its code: raise it, and all threads are folded anew
	Stamp   string   // what else its rows depend on, such as the hashes of packs: where that changes, all threads are folded anew too
	Threads []string // kinds of thread that it wants; none: all
	Tables  []string // what to drop, in an order that drops without errors
	Schema  string   // definitions of the tables and their indexes
	// Fold replaces what the tables say of one thread. It writes and reads no other table whose rows follow from entries, and names its tables and indexes by whole
	// words in the text of its statements: while all threads are folded anew, those words name the tables that are being filled. What it keeps it takes from
	// [Folded], which the thread's rules and pages share.
	Fold func(ctx context.Context, tx Tx, l Log) error
	// Read and Keep are Fold in two parts, where its rows are much work: Read does what asks no database, at once on all processors while many threads are folded anew,
	// and Keep writes what was read of some threads, each once. Fold is then nil. Nil of Read: there is nothing to keep of the thread, and never was.
	Read func(l Log) any
	Keep func(ctx context.Context, tx Tx, read []any) error
}

func (p Projection) fold(ctx context.Context, tx Tx, l Log) error {
	if p.Read == nil {
		return p.Fold(ctx, tx, l)
	}
	read := p.Read(l)
	if read == nil {
		return nil
	}
	return p.Keep(ctx, tx, []any{read})
}

// form is the sum of the definitions of the tables.
func (p Projection) form() string {
	sum := sha256.Sum256([]byte(strings.Join(p.Tables, " ") + "\n" + p.Schema))
	return hex.EncodeToString(sum[:16])
}

func (p Projection) wants(kind string) bool {
	return p.Threads == nil || slices.Contains(p.Threads, kind)
}

func (b *Book) project(ctx context.Context, tx Tx, l Log) error {
	if g, _ := ctx.Value(gatheringKey{}).(*gathering); g != nil {
		g.add(l)
		return nil
	}
	for _, p := range b.projections {
		if !p.wants(l.Kind) {
			continue
		}
		if err := p.fold(ctx, tx, l); err != nil {
			return fmt.Errorf("folding %s of thread %s: %w", p.Name, l.Thread, err)
		}
	}
	return nil
}

// Threads lists every thread at this node, oldest first.
func Threads(ctx context.Context, tx Tx) ([]ThreadID, error) {
	return threadIDs(tx.QueryContext(ctx, `SELECT thread FROM thread ORDER BY thread`))
}

func threadIDs(rows *sql.Rows, err error) ([]ThreadID, error) {
	if err != nil {
		return nil, fmt.Errorf("listing threads: %w", err)
	}
	defer rows.Close()
	var ids []ThreadID
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("listing threads: %w", err)
		}
		ids = append(ids, ThreadID(raw))
	}
	return ids, rows.Err()
}
