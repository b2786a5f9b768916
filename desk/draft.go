package desk

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"consilium/ledger"
)

// Migrations make the tables of the desk: drafts of forms, and who sent which file.
//
//go:embed migration/*.sql
var Migrations embed.FS

// maxDraft bounds one draft in bytes, and maxDrafts how many one person keeps.
const (
	maxDraft  = 1 << 20
	maxDrafts = 200
)

// Draft is what somebody has typed into a form and not sent yet.
type Draft struct {
	Fields  url.Values
	Updated time.Time
}

// ErrDraft says that a draft is too large to be kept.
var ErrDraft = errors.New("the draft is too large to be kept")

// KeepDraft keeps what a person typed into a form, in place of what was there. A person's oldest drafts make room for new ones.
func KeepDraft(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, form string, fields url.Values) error {
	text, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("keeping the draft %s: %w", form, err)
	}
	if len(text) > maxDraft || len(form) > 300 {
		return fmt.Errorf("%w: %w", ErrInput, ErrDraft)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO draft (person, form, fields, updated_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person, form) DO UPDATE SET fields = excluded.fields, updated_ms = excluded.updated_ms`, string(person), form, string(text), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("keeping the draft %s: %w", form, err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM draft WHERE person = $1 AND form NOT IN
		(SELECT form FROM draft WHERE person = $1 ORDER BY updated_ms DESC, form LIMIT $2)`, string(person), maxDrafts)
	if err != nil {
		return fmt.Errorf("making room for drafts: %w", err)
	}
	return nil
}

// DraftOf gives what a person typed into a form, and whether there is anything.
func DraftOf(ctx context.Context, tx ledger.Tx, person ledger.PersonID, form string) (Draft, bool, error) {
	var text string
	var updated int64
	err := tx.QueryRowContext(ctx, `SELECT fields, updated_ms FROM draft WHERE person = $1 AND form = $2`, string(person), form).Scan(&text, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		return Draft{}, false, nil
	}
	d := Draft{Updated: time.UnixMilli(updated)}
	if err == nil {
		err = json.Unmarshal([]byte(text), &d.Fields)
	}
	if err != nil {
		return Draft{}, false, fmt.Errorf("reading the draft %s: %w", form, err)
	}
	return d, true, nil
}

// DropDraft forgets a draft: it was sent, or is not wanted.
func DropDraft(ctx context.Context, tx ledger.Tx, person ledger.PersonID, form string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM draft WHERE person = $1 AND form = $2`, string(person), form); err != nil {
		return fmt.Errorf("dropping the draft %s: %w", form, err)
	}
	return nil
}
