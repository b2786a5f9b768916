package casebook

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"consilium/ledger"
)

// Migrations make the tables of this package that are not folds: who the hospital's own patients are.
//
//go:embed migration/*.sql
var Migrations embed.FS

//go:embed projection.sql
var projectionSchema string

// noDate stands in the tables for "no date was set", so that what has none comes last. It is the greatest number that every reader of JSON keeps.
const noDate = 1<<53 - 1

// Projection keeps what lists need of each case.
func Projection() ledger.Projection {
	return ledger.Projection{Name: "casebook", Version: 1, Threads: []string{thread},
		Tables: []string{"case_row", "case_count", "case_title_gram", "case_task", "case_person"}, Schema: projectionSchema,
		Fold: func(ctx context.Context, tx ledger.Tx, l ledger.Log) error {
			return keep(ctx, tx, Fold(l), len(l.Said))
		}}
}

// keep replaces what the tables say of one case. A thread whose case has not been opened has no row yet.
func keep(ctx context.Context, tx ledger.Tx, c Case, entries int) error {
	if !c.Opened {
		return nil
	}
	var verb, state, find string
	err := tx.QueryRowContext(ctx, `SELECT verb, state, find_text FROM case_row WHERE thread = $1`, c.Thread[:]).Scan(&verb, &state, &find)
	fresh := errors.Is(err, sql.ErrNoRows)
	if err != nil && !fresh {
		return fmt.Errorf("reading the row of case %s: %w", c.Thread, err)
	}
	row := rowOf(&c, entries)
	if fresh || verb != row.Verb || state != row.State {
		if err := keepCount(ctx, tx, fresh, verb, state, row); err != nil {
			return err
		}
	}
	if fresh || find != searchText(row.Title) {
		if err := keepGrams(ctx, tx, "case_title_gram", c.Thread, searchText(row.Title)); err != nil {
			return err
		}
	}
	if err := keepRow(ctx, tx, row); err != nil {
		return err
	}
	if err := keepTasks(ctx, tx, &c, fresh); err != nil {
		return err
	}
	return keepPeople(ctx, tx, &c, fresh)
}

func rowOf(c *Case, entries int) Row {
	r := Row{Thread: c.Thread, Pathway: c.Pathway, SubSpecialty: c.SubSpecialty, Title: c.Title, Side: c.Side, Urgency: c.Urgency, Sex: c.Sex,
		Age: -1, Home: c.Home, Steward: c.Steward, Verb: c.Verb, State: "open", Opened: c.OpenedAt, Changed: c.Newest, Marks: c.Marks, Demo: c.Demo, Entries: entries}
	if c.Closed != nil {
		r.State = "closed"
	}
	if c.Age != nil {
		r.Age = *c.Age
	}
	for i := len(c.Referrals) - 1; i >= 0; i-- {
		if s := c.Referrals[i].Says.SubSpecialty; s != "" && c.Referrals[i].State == AcceptedState {
			r.SubSpecialty = s
			break
		}
	}
	if len(c.Next) > 0 {
		t := c.Next[0]
		r.Next = t.What
		r.NextHospital, r.NextPerson, r.NextBy = t.Hospital, t.Person, t.By
		if len(t.Roles) > 0 {
			r.NextRole = t.Roles[0]
		}
	}
	return r
}

func keepRow(ctx context.Context, tx ledger.Tx, r Row) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO case_row (thread, pathway, sub_specialty, title, find_text, side, urgency, sex, age, home, steward, verb, state,
		opened_ms, changed_ms, next_what_en, next_what_zh, next_role, next_hospital, next_person, next_by_ms, marks, entries, demo)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
		ON CONFLICT (thread) DO UPDATE SET pathway = excluded.pathway, sub_specialty = excluded.sub_specialty, title = excluded.title,
		find_text = excluded.find_text, side = excluded.side, urgency = excluded.urgency, sex = excluded.sex, age = excluded.age, home = excluded.home,
		steward = excluded.steward, verb = excluded.verb, state = excluded.state, opened_ms = excluded.opened_ms, changed_ms = excluded.changed_ms,
		next_what_en = excluded.next_what_en, next_what_zh = excluded.next_what_zh, next_role = excluded.next_role,
		next_hospital = excluded.next_hospital, next_person = excluded.next_person, next_by_ms = excluded.next_by_ms, marks = excluded.marks,
		entries = excluded.entries, demo = excluded.demo`,
		r.Thread[:], r.Pathway, r.SubSpecialty, r.Title, searchText(r.Title), r.Side, r.Urgency, r.Sex, r.Age, r.Home[:], r.Steward[:], r.Verb, r.State,
		r.Opened.UnixMilli(), r.Changed.UnixMilli(), r.Next.En, r.Next.Zh, string(r.NextRole), r.NextHospital[:], string(r.NextPerson), byMilli(r.NextBy),
		r.Marks, r.Entries, number01(r.Demo))
	if err != nil {
		return fmt.Errorf("keeping the row of case %s: %w", r.Thread, err)
	}
	return nil
}

func keepCount(ctx context.Context, tx ledger.Tx, fresh bool, verb, state string, now Row) error {
	const count = `INSERT INTO case_count (verb, state, cases) VALUES ($1, $2, $3)
		ON CONFLICT (verb, state) DO UPDATE SET cases = case_count.cases + excluded.cases`
	if !fresh {
		if _, err := tx.ExecContext(ctx, count, verb, state, -1); err != nil {
			return fmt.Errorf("counting cases: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, count, now.Verb, now.State, 1); err != nil {
		return fmt.Errorf("counting cases: %w", err)
	}
	return nil
}

func keepTasks(ctx context.Context, tx ledger.Tx, c *Case, fresh bool) error {
	if !fresh {
		if _, err := tx.ExecContext(ctx, `DELETE FROM case_task WHERE thread = $1`, c.Thread[:]); err != nil {
			return fmt.Errorf("replacing the tasks of case %s: %w", c.Thread, err)
		}
	}
	for i, t := range c.Next {
		refs := make([]string, len(t.Refs))
		for k, h := range t.Refs {
			refs[k] = h.String()
		}
		for _, role := range t.Roles {
			_, err := tx.ExecContext(ctx, `INSERT INTO case_task (thread, place, role, verb, hospital, person, what_en, what_zh, by_ms, kind, refs)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, c.Thread[:], i, string(role), t.Verb, t.Hospital[:], string(t.Person),
				t.What.En, t.What.Zh, byMilli(t.By), t.Kind, strings.Join(refs, " "))
			if err != nil {
				return fmt.Errorf("keeping the tasks of case %s: %w", c.Thread, err)
			}
		}
	}
	return nil
}

func keepPeople(ctx context.Context, tx ledger.Tx, c *Case, fresh bool) error {
	if !fresh {
		if _, err := tx.ExecContext(ctx, `DELETE FROM case_person WHERE thread = $1`, c.Thread[:]); err != nil {
			return fmt.Errorf("replacing the people of case %s: %w", c.Thread, err)
		}
	}
	for _, p := range c.People {
		for _, relation := range p.Relations {
			_, err := tx.ExecContext(ctx, `INSERT INTO case_person (thread, hospital, person, relation) VALUES ($1, $2, $3, $4)`,
				c.Thread[:], p.Hospital[:], string(p.Person), relation)
			if err != nil {
				return fmt.Errorf("keeping the people of case %s: %w", c.Thread, err)
			}
		}
	}
	return nil
}

func byMilli(t time.Time) int64 {
	if t.IsZero() {
		return noDate
	}
	return t.UnixMilli()
}

func fromBy(ms int64) time.Time {
	if ms == noDate {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func number01(b bool) int {
	if b {
		return 1
	}
	return 0
}
