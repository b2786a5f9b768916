package study

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// Projection keeps a line for each study. There are no other tables: a study is nothing but its entries.
func Projection() ledger.Projection {
	return ledger.Projection{Name: "study", Version: 1, Threads: []string{thread.Kind}, Tables: []string{"study_row"}, Schema: schema, Fold: project}
}

const schema = `
CREATE TABLE study_row (
    thread    BLOB NOT NULL PRIMARY KEY,
    title     TEXT NOT NULL,    -- in both languages, as JSON
    question  TEXT NOT NULL,
    pathway   TEXT NOT NULL,
    state     TEXT NOT NULL,
    steward   TEXT NOT NULL,
    version   INTEGER NOT NULL,
    hospitals INTEGER NOT NULL, -- that read it
    approved  INTEGER NOT NULL, -- of them
    said_ms   INTEGER NOT NULL, -- its newest entry
    next      TEXT NOT NULL     -- tasks as JSON
) STRICT;
CREATE INDEX study_row_by_state ON study_row (state, said_ms);
`

// Row is a study as lists show it.
type Row struct {
	Thread    ledger.ThreadID
	Title     lang.Text
	Question  string
	Pathway   string
	State     State
	Steward   ledger.HospitalID
	Version   int
	Hospitals int
	Approved  int
	Next      []record.Task
}

// RowOf is the line of a study.
func RowOf(s *Study) Row {
	r := Row{Thread: s.Thread, State: s.State(), Steward: s.Log.Roster.Steward, Version: len(s.Versions), Hospitals: len(s.Log.Roster.Readers()), Next: s.Next()}
	if v := s.Current(); v != nil {
		r.Title, r.Question, r.Pathway, r.Approved = v.Title(), v.Parsed.Question, v.Parsed.Pathway, len(v.Approved)
	}
	return r
}

func project(ctx context.Context, tx ledger.Tx, l ledger.Log) error {
	r := RowOf(Fold(l))
	title, err := json.Marshal(r.Title)
	if err != nil {
		return err
	}
	next, err := json.Marshal(r.Next)
	if err != nil {
		return err
	}
	var newest int64
	for _, s := range l.Said {
		newest = max(newest, s.Time.UnixMilli())
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO study_row (thread, title, question, pathway, state, steward, version, hospitals, approved, said_ms, next)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (thread) DO UPDATE SET title = excluded.title, question = excluded.question, pathway = excluded.pathway, state = excluded.state, steward = excluded.steward,
		version = excluded.version, hospitals = excluded.hospitals, approved = excluded.approved, said_ms = excluded.said_ms, next = excluded.next`,
		l.Thread[:], string(title), r.Question, r.Pathway, string(r.State), r.Steward.String(), r.Version, r.Hospitals, r.Approved, newest, string(next))
	if err != nil {
		return fmt.Errorf("keeping a line of study %s: %w", l.Thread, err)
	}
	return nil
}

// mostListed bounds a list of studies.
const mostListed = 500

// List are the studies in some states, or in any where none is given; what changed last comes first.
func List(ctx context.Context, tx ledger.Tx, states ...State) (list []Row, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread, title, question, pathway, state, steward, version, hospitals, approved, next FROM study_row ORDER BY said_ms DESC, thread LIMIT $1`, mostListed)
	if err != nil {
		return nil, fmt.Errorf("listing studies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanRow(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("listing studies: %w", err)
		}
		if len(states) == 0 || slices.Contains(states, r.State) {
			list = append(list, r)
		}
	}
	return list, rows.Err()
}

// threads are all studies here.
func threads(ctx context.Context, tx ledger.Tx) (list []ledger.ThreadID, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread FROM study_row ORDER BY thread`)
	if err != nil {
		return nil, fmt.Errorf("listing studies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("listing studies: %w", err)
		}
		list = append(list, ledger.ThreadID(id))
	}
	return list, rows.Err()
}

func scanRow(scan func(...any) error) (r Row, err error) {
	var id []byte
	var title, state, steward, next string
	if err := scan(&id, &title, &r.Question, &r.Pathway, &state, &steward, &r.Version, &r.Hospitals, &r.Approved, &next); err != nil {
		return r, err
	}
	r.Thread, r.State = ledger.ThreadID(id), State(state)
	if r.Steward, err = ledger.ParseHospitalID(steward); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(title), &r.Title); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(next), &r.Next)
}
