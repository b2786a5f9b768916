package desk

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/registry"
	"consilium/registry/reply"
)

// Migrations make the tables of the desk: drafts of forms, and who sent which file.
//
//go:embed migration/*.sql
var Migrations embed.FS

// maxDraft bounds one draft in bytes, maxDrafts how many one person keeps, and endsStay how long it is remembered what a draft has led to.
const (
	maxDraft  = 1 << 20
	maxDrafts = 200
	endsStay  = 400 * 24 * time.Hour
)

// Draft is what somebody has typed into a form and not sent yet.
type Draft struct {
	Line    string // one tab's filling in of the form
	Form    string // which form, about which case
	URL     string // where it is continued; empty: at the form's own address
	Version int64  // how often it was written; of a draft to be kept, the version that its words go on from
	Fields  url.Values
	Updated time.Time
}

// ErrDraft says that a draft is too large to be kept.
var ErrDraft = errors.New("the draft is too large to be kept")

// DraftNewer says that the line holds newer words than those that were to be kept go on from.
type DraftNewer struct{ Draft Draft }

func (e *DraftNewer) Error() string {
	return "the draft has newer words, version " + fmt.Sprint(e.Draft.Version)
}

// DraftEnded says that a line led to an entry, or was discarded: nothing more is kept under it.
type DraftEnded struct {
	Entry string // its hash; empty: discarded
	At    string // the address where it is seen
}

func (e *DraftEnded) Error() string { return e.Tell().En }

// Tell is the same for people.
func (e *DraftEnded) Tell() lang.Text { return lang.Phrase("case.draft.ended", nil) }

var lineForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,300}$`)

// DraftLine tells whether a text may be a line. Whoever fills in a form makes it up; it has to be one that nobody made up before.
func DraftLine(text string) bool { return lineForm.MatchString(text) }

// KeepDraft keeps what a person typed, where its words go on from those that are here (compare and set by the version). The error is a [*DraftNewer] or a
// [*DraftEnded] where they do not. A person's oldest drafts make room for new ones.
func KeepDraft(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, d Draft) (Draft, error) {
	text, err := json.Marshal(d.Fields)
	if err != nil {
		return d, fmt.Errorf("keeping the draft %s: %w", d.Form, err)
	}
	if len(text) > maxDraft || len(d.Form) > 300 || len(d.URL) > 2000 || !DraftLine(d.Line) {
		return d, fmt.Errorf("%w: %w", ErrInput, ErrDraft)
	}
	if err := draftGoesOn(ctx, tx, person, d); err != nil {
		return d, err
	}
	d.Version, d.Updated = d.Version+1, now
	_, err = tx.ExecContext(ctx, `INSERT INTO draft_line (person, line, form, url, version, fields, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (person, line) DO UPDATE SET version = excluded.version, url = excluded.url, fields = excluded.fields, updated_ms = excluded.updated_ms`,
		string(person), d.Line, d.Form, d.URL, d.Version, string(text), now.UnixMilli())
	if err != nil {
		return d, fmt.Errorf("keeping the draft %s: %w", d.Form, err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM draft_line WHERE person = $1 AND line NOT IN
		(SELECT line FROM draft_line WHERE person = $1 ORDER BY updated_ms DESC, line LIMIT $2)`, string(person), maxDrafts)
	if err != nil {
		return d, fmt.Errorf("making room for drafts: %w", err)
	}
	return d, nil
}

// draftGoesOn wants a line that has not ended, and no newer words than those that the draft goes on from. A line that is not here any more begins again.
func draftGoesOn(ctx context.Context, tx ledger.Tx, person ledger.PersonID, d Draft) error {
	ended, err := DraftEnd(ctx, tx, person, d.Line)
	if err != nil {
		return err
	}
	if ended != nil {
		return ended
	}
	here, found, err := DraftOf(ctx, tx, person, d.Line)
	if err != nil {
		return err
	}
	if found && (here.Version != d.Version || here.Form != d.Form) {
		return &DraftNewer{here}
	}
	return nil
}

const draftColumns = `line, form, url, version, fields, updated_ms`

func scanDraft(row interface{ Scan(...any) error }) (d Draft, err error) {
	var text string
	var updated int64
	if err = row.Scan(&d.Line, &d.Form, &d.URL, &d.Version, &text, &updated); err != nil {
		return d, err
	}
	d.Updated = time.UnixMilli(updated)
	return d, json.Unmarshal([]byte(text), &d.Fields)
}

// DraftOf gives what a person typed in a line, and whether there is anything.
func DraftOf(ctx context.Context, tx ledger.Tx, person ledger.PersonID, line string) (Draft, bool, error) {
	d, err := scanDraft(tx.QueryRowContext(ctx, `SELECT `+draftColumns+` FROM draft_line WHERE person = $1 AND line = $2`, string(person), line))
	if errors.Is(err, sql.ErrNoRows) {
		return Draft{}, false, nil
	}
	if err != nil {
		return Draft{}, false, fmt.Errorf("reading the draft %s: %w", line, err)
	}
	return d, true, nil
}

// DraftsOf lists the drafts that a person has of a form, the newest first.
func DraftsOf(ctx context.Context, tx ledger.Tx, person ledger.PersonID, form string) ([]Draft, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+draftColumns+` FROM draft_line WHERE person = $1 AND form = $2 ORDER BY updated_ms DESC, line`, string(person), form)
	if err != nil {
		return nil, fmt.Errorf("listing the drafts of %s: %w", form, err)
	}
	defer rows.Close()
	var list []Draft
	for rows.Next() {
		d, err := scanDraft(rows)
		if err != nil {
			return nil, fmt.Errorf("listing the drafts of %s: %w", form, err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// EndDraft ends a line: the entry that it led to is written, or its words are not wanted (no entry). The error is a [*DraftEnded] where it had ended before, so
// that two answers to one form are one entry when this is asked in the transaction that says it.
func EndDraft(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, line, entry, at string) error {
	if line == "" {
		return nil
	}
	if !DraftLine(line) {
		return fmt.Errorf("%w: %q is no draft", ErrInput, line)
	}
	ended, err := DraftEnd(ctx, tx, person, line)
	if err != nil {
		return err
	}
	if ended != nil {
		return ended
	}
	for _, step := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO draft_end (person, line, entry, at, at_ms) VALUES ($1, $2, $3, $4, $5)`, []any{string(person), line, entry, at, now.UnixMilli()}},
		{`DELETE FROM draft_line WHERE person = $1 AND line = $2`, []any{string(person), line}},
		{`DELETE FROM draft_end WHERE person = $1 AND at_ms < $2`, []any{string(person), now.Add(-endsStay).UnixMilli()}},
	} {
		if _, err := tx.ExecContext(ctx, step.text, step.args...); err != nil {
			return fmt.Errorf("ending the draft %s: %w", line, err)
		}
	}
	return nil
}

// DraftEnd tells what a line has led to; nil while it has not ended.
func DraftEnd(ctx context.Context, tx ledger.Tx, person ledger.PersonID, line string) (*DraftEnded, error) {
	var e DraftEnded
	err := tx.QueryRowContext(ctx, `SELECT entry, at FROM draft_end WHERE person = $1 AND line = $2`, string(person), line).Scan(&e.Entry, &e.At)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what became of the draft %s: %w", line, err)
	}
	return &e, nil
}

// DropDraftsOf forgets what anybody typed into forms about a thread: something of it is erased, and may stand there too.
func DropDraftsOf(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM draft_line WHERE form LIKE $1 OR url LIKE $1`, "%"+thread.String()+"%"); err != nil {
		return fmt.Errorf("dropping the drafts of thread %s: %w", thread, err)
	}
	return nil
}

// DropTyped forgets what anybody typed about a thread and did not say yet: drafts of forms, answers in patients' links, and what was settled about its rows.
func (d *Desk) DropTyped(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) error {
	err := errors.Join(DropDraftsOf(ctx, tx, thread), forgetPatients(ctx, tx, thread))
	if err == nil && d.Registry != nil {
		err = errors.Join(reply.Forget(ctx, tx, thread), registry.Unsettle(ctx, tx, thread))
	}
	return err
}
