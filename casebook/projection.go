package casebook

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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
	return ledger.Projection{Name: "casebook", Version: 3, Threads: []string{thread},
		Tables: []string{"case_row", "case_count", "case_title_gram", "case_task", "case_person"}, Schema: projectionSchema,
		Fold: func(ctx context.Context, tx ledger.Tx, l ledger.Log) error {
			return keep(ctx, tx, Fold(l), len(l.Said))
		}}
}

// keep replaces what the tables say of one case. A thread whose case has not been opened has no row.
func keep(ctx context.Context, tx ledger.Tx, c Case, entries int) error {
	var old kept
	err := tx.QueryRowContext(ctx, `SELECT verb, state, find_text, tasks_sum, people_sum FROM case_row WHERE thread = $1`, c.Thread[:]).
		Scan(&old.verb, &old.state, &old.find, &old.tasks, &old.people)
	old.absent = errors.Is(err, sql.ErrNoRows)
	if err != nil && !old.absent {
		return fmt.Errorf("reading the row of case %s: %w", c.Thread, err)
	}
	if !c.Opened {
		return drop(ctx, tx, c.Thread, old)
	}
	row := rowOf(&c, entries)
	now := kept{verb: row.Verb, state: row.State, find: searchText(row.Title), tasks: sum(c.Next), people: sum(c.People)}
	if err := keepCount(ctx, tx, old, now); err != nil {
		return err
	}
	if old.absent || old.find != now.find {
		if err := keepGrams(ctx, tx, "case_title_gram", c.Thread, now.find); err != nil {
			return err
		}
	}
	if err := keepRow(ctx, tx, row, now); err != nil {
		return err
	}
	if old.tasks != now.tasks {
		if err := keepTasks(ctx, tx, &c); err != nil {
			return err
		}
	}
	if old.people != now.people {
		return keepPeople(ctx, tx, &c)
	}
	return nil
}

// kept is what the row of a case says of what hangs on it.
type kept struct {
	absent                           bool
	verb, state, find, tasks, people string
}

func sum(v any) string {
	h := sha256.Sum256(fmt.Append(nil, v))
	return hex.EncodeToString(h[:12])
}

// drop takes the case off the lists, where what opened it no longer counts.
func drop(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, old kept) error {
	if old.absent {
		return nil
	}
	if err := count(ctx, tx, old.verb, old.state, -1); err != nil {
		return err
	}
	for _, table := range []string{"case_row", "case_title_gram", "case_task", "case_person"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE thread = $1`, id[:]); err != nil {
			return fmt.Errorf("taking case %s off the lists: %w", id, err)
		}
	}
	return nil
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
		if s := c.Referrals[i].Says.SubSpecialty; s != "" && (c.Referrals[i].State == Pending || c.Referrals[i].State == AcceptedState) {
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

func keepRow(ctx context.Context, tx ledger.Tx, r Row, now kept) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO case_row (thread, pathway, sub_specialty, title, find_text, side, urgency, sex, age, home, steward, verb, state,
		opened_ms, changed_ms, next_what_en, next_what_zh, next_role, next_hospital, next_person, next_by_ms, marks, entries, demo,
		tasks_sum, people_sum)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
		ON CONFLICT (thread) DO UPDATE SET pathway = excluded.pathway, sub_specialty = excluded.sub_specialty, title = excluded.title,
		find_text = excluded.find_text, side = excluded.side, urgency = excluded.urgency, sex = excluded.sex, age = excluded.age, home = excluded.home,
		steward = excluded.steward, verb = excluded.verb, state = excluded.state, opened_ms = excluded.opened_ms, changed_ms = excluded.changed_ms,
		next_what_en = excluded.next_what_en, next_what_zh = excluded.next_what_zh, next_role = excluded.next_role,
		next_hospital = excluded.next_hospital, next_person = excluded.next_person, next_by_ms = excluded.next_by_ms, marks = excluded.marks,
		entries = excluded.entries, demo = excluded.demo,
		tasks_sum = excluded.tasks_sum, people_sum = excluded.people_sum`,
		r.Thread[:], r.Pathway, r.SubSpecialty, r.Title, now.find, r.Side, r.Urgency, r.Sex, r.Age, r.Home[:], r.Steward[:], r.Verb, r.State,
		r.Opened.UnixMilli(), r.Changed.UnixMilli(), r.Next.En, r.Next.Zh, string(r.NextRole), r.NextHospital[:], string(r.NextPerson), byMilli(r.NextBy),
		r.Marks, r.Entries, number01(r.Demo), now.tasks, now.people)
	if err != nil {
		return fmt.Errorf("keeping the row of case %s: %w", r.Thread, err)
	}
	return nil
}

func keepCount(ctx context.Context, tx ledger.Tx, old, now kept) error {
	if old.verb == now.verb && old.state == now.state {
		return nil
	}
	if !old.absent {
		if err := count(ctx, tx, old.verb, old.state, -1); err != nil {
			return err
		}
	}
	return count(ctx, tx, now.verb, now.state, 1)
}

func count(ctx context.Context, tx ledger.Tx, verb, state string, more int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO case_count (verb, state, cases) VALUES ($1, $2, $3)
		ON CONFLICT (verb, state) DO UPDATE SET cases = case_count.cases + excluded.cases`, verb, state, more)
	if err != nil {
		return fmt.Errorf("counting cases: %w", err)
	}
	return nil
}

func keepTasks(ctx context.Context, tx ledger.Tx, c *Case) error {
	var list table
	for i, t := range c.Next {
		refs := make([]string, len(t.Refs))
		for k, h := range t.Refs {
			refs[k] = h.String()
		}
		for _, role := range t.Roles {
			list.add(c.Thread[:], i, string(role), t.Verb, t.Hospital[:], string(t.Person), t.What.En, t.What.Zh, byMilli(t.By), t.Kind, strings.Join(refs, " "))
		}
	}
	return list.replace(ctx, tx, c.Thread, "case_task", "thread, place, role, verb, hospital, person, what_en, what_zh, by_ms, kind, refs")
}

func keepPeople(ctx context.Context, tx ledger.Tx, c *Case) error {
	var list table
	for _, p := range c.People {
		for _, relation := range p.Relations {
			list.add(c.Thread[:], p.Hospital[:], string(p.Person), relation)
		}
	}
	return list.replace(ctx, tx, c.Thread, "case_person", "thread, hospital, person, relation")
}

// table is rows on their way into one.
type table struct{ rows [][]any }

func (t *table) add(cells ...any) { t.rows = append(t.rows, cells) }

// replace writes the rows in place of those that the table has of a case, many in one statement.
func (t *table) replace(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, name, columns string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM `+name+` WHERE thread = $1`, id[:]); err != nil {
		return fmt.Errorf("replacing what %s says of case %s: %w", name, id, err)
	}
	for some := range slices.Chunk(t.rows, 8) { // SQLite looks for each place among all others of its statement
		var w where
		var values []string
		for _, cells := range some {
			var places []string
			for _, cell := range cells {
				places = append(places, w.arg(cell))
			}
			values = append(values, "("+strings.Join(places, ", ")+")")
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO `+name+` (`+columns+`) VALUES `+strings.Join(values, ", "), w.args...); err != nil {
			return fmt.Errorf("keeping what %s says of case %s: %w", name, id, err)
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
