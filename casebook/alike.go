package casebook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// The same local number under another name, or the same person twice, is shown where a case is opened, and a person decides: it is the same patient, or another one
// who is kept apart. The decision stands in a table of this hospital, beside who the patients are: no entry and no partner hears of it.

// The decisions about two cases whose patients look like one.
const (
	SamePatient    = "same"
	AnotherPatient = "another"
)

// ErrAlike says that a patient of this hospital looks like the one who is about to be written down, and that nobody has decided.
var ErrAlike = errors.New("a patient of this hospital looks like this one")

// Alike is a case here whose patient looks like another.
type Alike struct {
	Thread   ledger.ThreadID
	Patient  Patient
	Named    bool   // the names are the same; otherwise only the number is
	Decision string // empty: nobody has decided
	Why      string
	Hidden   bool // who asks may not see this case: it is not told whose it is
}

// AlikeDecision is what somebody says about patients who look alike.
type AlikeDecision struct {
	Decision string `json:"decision" doc:"same: it is one patient; another: it is another patient, who is kept apart"`
	Why      string `json:"why,omitempty" doc:"Needed where the patients are said to be another, or to be the same under another name"`
}

// PatientsAlike says which cases have a patient who looks like the one who is about to be written down.
type PatientsAlike struct{ List []Alike }

func (p *PatientsAlike) Error() string { return p.Tell().En }

// Unwrap tells what sort of error it is.
func (p *PatientsAlike) Unwrap() error { return ErrAlike }

// Tell is what was found, as people read it.
func (p *PatientsAlike) Tell() lang.Text { return record.Together(p.Faults()) }

// Faults are the cases, each with what it shares.
func (p *PatientsAlike) Faults() (list []record.Fault) {
	for _, a := range p.List {
		list = append(list, record.Fault{Field: "alike", Text: a.Tell()})
	}
	return append(list, record.Fault{Field: "alike", Text: lang.Phrase("case.alike.decide", nil)})
}

// Tell says what the two share.
func (a Alike) Tell() lang.Text {
	args := map[string]any{"case": Number(a.Thread), "name": a.Patient.Name, "number": a.Patient.LocalNumber, "born": a.Patient.BirthDate}
	switch {
	case a.Hidden:
		return lang.Phrase("case.alike.hidden", args)
	case !a.Named:
		return lang.Phrase("case.alike.number", args)
	}
	return lang.Phrase("case.alike.person", args)
}

// AlikeTo finds the cases whose patient has the same number in the same series, or the same name and birth date; other than one case.
func AlikeTo(ctx context.Context, tx ledger.Tx, p Patient, except ledger.ThreadID) (list []Alike, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread, name, latin, local_number, birth_date, series FROM case_identity
		WHERE thread <> $1 AND (local_number = $2 AND $2 <> '' AND series = $3 OR birth_date = $4 AND $4 <> '') ORDER BY thread LIMIT 200`, except[:], strings.TrimSpace(p.LocalNumber), p.Series, p.BirthDate)
	if err != nil {
		return nil, fmt.Errorf("looking for the same patient: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a Alike
		var id []byte
		if err := rows.Scan(&id, &a.Patient.Name, &a.Patient.Latin, &a.Patient.LocalNumber, &a.Patient.BirthDate, &a.Patient.Series); err != nil {
			return nil, fmt.Errorf("looking for the same patient: %w", err)
		}
		a.Thread, a.Named = ledger.ThreadID(id), sameName(a.Patient, p)
		number := p.LocalNumber != "" && strings.TrimSpace(p.LocalNumber) == a.Patient.LocalNumber && p.Series == a.Patient.Series
		if number || a.Named {
			list = append(list, a)
		}
	}
	return list, rows.Err()
}

// sameName tells whether two patients are called alike, in one of the scripts, however their names are written.
func sameName(a, b Patient) bool {
	same := func(x, y string) bool { return x != "" && strings.Join(runsOf(x), "") == strings.Join(runsOf(y), "") }
	return same(a.Name, b.Name) || same(a.Latin, b.Latin)
}

// Settles tells whether a decision settles what was found: with a reason, where the patients are another, or one under two names.
func (d AlikeDecision) Settles(list []Alike) bool {
	renamed := slices.ContainsFunc(list, func(a Alike) bool { return !a.Named })
	worded := strings.TrimSpace(d.Why) != ""
	return d.Decision == AnotherPatient && worded || d.Decision == SamePatient && (worded || !renamed)
}

// DecideAlike writes down what somebody decided about a case and those whose patient looks like its own. Said again it takes the place of what was decided before.
func DecideAlike(ctx context.Context, tx ledger.Tx, now time.Time, by ledger.PersonID, id ledger.ThreadID, list []Alike, d AlikeDecision) error {
	for _, a := range list {
		if _, err := tx.ExecContext(ctx, `DELETE FROM case_alike WHERE thread = $1 AND other = $2 OR thread = $2 AND other = $1`, id[:], a.Thread[:]); err != nil {
			return fmt.Errorf("deciding about patients who look alike: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO case_alike (thread, other, decision, why, person, at_ms) VALUES ($1, $2, $3, $4, $5, $6)`,
			id[:], a.Thread[:], d.Decision, strings.TrimSpace(d.Why), string(by), now.UnixMilli()); err != nil {
			return fmt.Errorf("deciding about patients who look alike: %w", err)
		}
	}
	return nil
}

// AlikeOf lists the cases whose patient looks like that of a case, with what was decided about each.
func AlikeOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) ([]Alike, error) {
	p, err := IdentityOf(ctx, tx, id)
	if errors.Is(err, ErrNoIdentity) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := AlikeTo(ctx, tx, p, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT thread, other, decision, why FROM case_alike WHERE thread = $1 OR other = $1`, id[:])
	if err != nil {
		return nil, fmt.Errorf("reading what was decided about patients who look alike: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a, b []byte
		var decision, why string
		if err := rows.Scan(&a, &b, &decision, &why); err != nil {
			return nil, fmt.Errorf("reading what was decided about patients who look alike: %w", err)
		}
		for i := range list {
			if t := list[i].Thread; t == ledger.ThreadID(a) || t == ledger.ThreadID(b) {
				list[i].Decision, list[i].Why = decision, why
			}
		}
	}
	return list, rows.Err()
}
