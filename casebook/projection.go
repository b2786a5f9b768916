package casebook

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/record"
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
	return ledger.Projection{Name: "casebook", Version: 10, Threads: []string{Thread},
		Tables: []string{"case_row", "case_count", "case_term", "case_task", "case_person"}, Schema: projectionSchema,
		Read: func(l ledger.Log) any { return listedOf(Fold(l), len(l.Said)) },
		Keep: keepListed}
}

// listed is what the tables say of a case. Many are held at once, so it is no more than that.
type listed struct {
	opened bool
	row    Row
	sums   kept
	tasks  []record.Task
	people []Involved
}

func listedOf(c Case, entries int) listed {
	if !c.Opened {
		return listed{row: Row{Thread: c.Thread}}
	}
	row := rowOf(&c, entries)
	return listed{true, row, kept{verb: row.Verb, state: row.State, row: sumRow(row), tasks: sumTasks(c.Next), people: sumPeople(c.People)}, c.Next, c.People}
}

// keepListed replaces what the tables say of some cases, each of which is there once. The words of all of them go into the index together: most cases that come together share words.
func keepListed(ctx context.Context, tx ledger.Tx, cases []any) error {
	words := indexing{}
	for _, c := range cases {
		if err := keep(ctx, tx, words, c.(listed)); err != nil {
			return err
		}
	}
	return words.keep(ctx, tx)
}

// keep replaces what the tables say of one case, and notes how its words change. A thread whose case has not been opened has no row. Most entries change nothing that lists show but that there is
// one more: then one statement tells so.
func keep(ctx context.Context, tx ledger.Tx, words indexing, c listed) error {
	if !c.opened {
		return drop(ctx, tx, words, c.row.Thread)
	}
	if same, err := touchRow(ctx, tx, c.row, c.sums, c.sums); err != nil || same {
		return err
	}
	old, err := keptOf(ctx, tx, c.row.Thread)
	if err != nil {
		return err
	}
	now := c.sums
	now.n = old.n
	if now.row == old.row {
		_, err = touchRow(ctx, tx, c.row, old, now)
	} else {
		err = keepWhole(ctx, tx, words, c.row, old, now)
	}
	if err != nil {
		return err
	}
	if old.tasks != now.tasks {
		if err := keepTasks(ctx, tx, &c, old.absent); err != nil {
			return err
		}
	}
	if old.people != now.people {
		return keepPeople(ctx, tx, &c, old.absent)
	}
	return nil
}

func keptOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (old kept, err error) {
	err = tx.QueryRowContext(ctx, `SELECT n, verb, state, find_text, row_sum, tasks_sum, people_sum FROM case_row WHERE thread = $1`, id[:]).
		Scan(&old.n, &old.verb, &old.state, &old.find, &old.row, &old.tasks, &old.people)
	if old.absent = errors.Is(err, sql.ErrNoRows); old.absent {
		return old, nil
	}
	if err != nil {
		return old, fmt.Errorf("reading the row of case %s: %w", id, err)
	}
	return old, nil
}

// keepWhole writes a row and what follows from its words.
func keepWhole(ctx context.Context, tx ledger.Tx, words indexing, row Row, old, now kept) error {
	if err := keepCount(ctx, tx, old, now); err != nil {
		return err
	}
	patient, err := IdentityOf(ctx, tx, row.Thread)
	if err != nil && !errors.Is(err, ErrNoIdentity) {
		return err
	}
	now.find = findText(row.Thread, row.Title, patient)
	if old.absent {
		if now.n, err = numberOf(ctx, tx, row.Thread); err != nil {
			return err
		}
	}
	words.change(now.n, old.find, now.find)
	return keepRow(ctx, tx, row, now)
}

// numberOf gives the number of a case at this node, the next one to a case that has none.
func numberOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (n int64, err error) {
	_, err = tx.ExecContext(ctx, `INSERT INTO case_number (n, thread) SELECT COALESCE(MAX(n), 0) + 1, $1 FROM case_number WHERE true
		ON CONFLICT (thread) DO NOTHING`, id[:])
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT n FROM case_number WHERE thread = $1`, id[:]).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("numbering case %s: %w", id, err)
	}
	return n, nil
}

// touchRow notes that a case has grown whose row otherwise says what it said, and tells whether that is so: what hangs on the row was as told. Few of the row's
// indexes have to follow.
func touchRow(ctx context.Context, tx ledger.Tx, r Row, was, now kept) (bool, error) {
	done, err := tx.ExecContext(ctx, `UPDATE case_row SET changed_ms = $1, marks = $2, entries = $3, tasks_sum = $4, people_sum = $5
		WHERE thread = $6 AND row_sum = $7 AND tasks_sum = $8 AND people_sum = $9`,
		r.Changed.UnixMilli(), r.Marks, r.Entries, now.tasks, now.people, r.Thread[:], now.row, was.tasks, was.people)
	if err != nil {
		return false, fmt.Errorf("keeping the row of case %s: %w", r.Thread, err)
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// kept is what the row of a case says of what hangs on it.
type kept struct {
	absent                                bool
	n                                     int64
	verb, state, find, row, tasks, people string // row, tasks and people are sums of what the tables say
}

// summing adds up what a table says, so that it is written anew only when that changes.
type summing struct{ bytes []byte }

func (s *summing) text(list ...string) {
	for _, t := range list {
		s.number(int64(len(t)))
		s.bytes = append(s.bytes, t...)
	}
}

func (s *summing) number(list ...int64) {
	for _, n := range list {
		s.bytes = binary.AppendVarint(s.bytes, n)
	}
}

func (s *summing) sum() string {
	h := sha256.Sum256(s.bytes)
	return hex.EncodeToString(h[:12])
}

// sumRow is of all that a row says but for what [touchRow] writes.
func sumRow(r Row) string {
	var s summing
	s.text(r.Pathway, r.SubSpecialty, r.Title, r.Side, r.Urgency, r.Sex, string(r.Home[:]), string(r.Steward[:]), r.Verb, r.State,
		r.Next.En, r.Next.Zh, string(r.NextRole), string(r.NextHospital[:]), string(r.NextPerson))
	s.number(int64(r.Age), r.Opened.UnixMilli(), byMilli(r.NextBy), int64(number01(r.Demo)))
	return s.sum()
}

func sumTasks(list []record.Task) string {
	var s summing
	for _, t := range list {
		s.text(t.Verb, string(t.Hospital[:]), string(t.Person), t.What.En, t.What.Zh, t.Kind)
		s.number(byMilli(t.By), int64(len(t.Roles)), int64(len(t.Refs)))
		for _, role := range t.Roles {
			s.text(string(role))
		}
		for _, h := range t.Refs {
			s.bytes = append(s.bytes, h[:]...)
		}
	}
	return s.sum()
}

func sumPeople(list []Involved) string {
	var s summing
	for _, p := range list {
		s.text(string(p.Hospital[:]), string(p.Person))
		s.number(int64(len(p.Relations)))
		s.text(p.Relations...)
	}
	return s.sum()
}

// drop takes the case off the lists, where what opened it no longer counts.
func drop(ctx context.Context, tx ledger.Tx, words indexing, id ledger.ThreadID) error {
	old, err := keptOf(ctx, tx, id)
	if err != nil || old.absent {
		return err
	}
	if err := count(ctx, tx, old.verb, old.state, -1); err != nil {
		return err
	}
	words.change(old.n, old.find, "")
	for _, table := range []string{"case_row", "case_task", "case_person"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE thread = $1`, id[:]); err != nil {
			return fmt.Errorf("taking case %s off the lists: %w", id, err)
		}
	}
	return nil
}

func rowOf(c *Case, entries int) Row {
	r := Row{Thread: c.Thread, Pathway: ledger.Indexed(c.Pathway), SubSpecialty: ledger.Indexed(c.SubSpecialty), Title: c.Title, Side: c.Side, Urgency: ledger.Indexed(c.Urgency), Sex: c.Sex,
		Age: -1, Home: c.Home, Steward: c.Steward, Verb: c.Verb, State: "open", Opened: c.OpenedAt, Changed: c.Newest, Marks: c.Marks, Demo: c.Demo, Entries: entries}
	if c.Closed != nil {
		r.State = "closed"
	}
	if c.Age != nil {
		r.Age = *c.Age
	}
	for i := len(c.Referrals) - 1; i >= 0; i-- {
		if s := c.Referrals[i].Says.SubSpecialty; s != "" && (c.Referrals[i].State == Pending || c.Referrals[i].State == AcceptedState) {
			r.SubSpecialty = ledger.Indexed(s)
			break
		}
	}
	if len(c.Next) > 0 {
		t := c.Next[0]
		r.Next = t.What
		r.NextHospital, r.NextPerson, r.NextBy = t.Hospital, t.Person, t.By
		if len(t.Roles) > 0 {
			r.NextRole = people.Role(t.Roles[0])
		}
	}
	return r
}

func keepRow(ctx context.Context, tx ledger.Tx, r Row, now kept) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO case_row (n, thread, pathway, sub_specialty, title, find_text, side, urgency, sex, age, home, steward, verb, state,
		opened_ms, changed_ms, next_what_en, next_what_zh, next_role, next_hospital, next_person, next_by_ms, marks, entries, demo,
		row_sum, tasks_sum, people_sum)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
		ON CONFLICT (n) DO UPDATE SET pathway = excluded.pathway, sub_specialty = excluded.sub_specialty, title = excluded.title,
		find_text = excluded.find_text, side = excluded.side, urgency = excluded.urgency, sex = excluded.sex, age = excluded.age, home = excluded.home,
		steward = excluded.steward, verb = excluded.verb, state = excluded.state, opened_ms = excluded.opened_ms, changed_ms = excluded.changed_ms,
		next_what_en = excluded.next_what_en, next_what_zh = excluded.next_what_zh, next_role = excluded.next_role,
		next_hospital = excluded.next_hospital, next_person = excluded.next_person, next_by_ms = excluded.next_by_ms, marks = excluded.marks,
		entries = excluded.entries, demo = excluded.demo,
		row_sum = excluded.row_sum, tasks_sum = excluded.tasks_sum, people_sum = excluded.people_sum`,
		now.n, r.Thread[:], r.Pathway, r.SubSpecialty, r.Title, now.find, r.Side, r.Urgency, r.Sex, r.Age, r.Home[:], r.Steward[:], r.Verb, r.State,
		r.Opened.UnixMilli(), r.Changed.UnixMilli(), r.Next.En, r.Next.Zh, string(r.NextRole), r.NextHospital[:], string(r.NextPerson), byMilli(r.NextBy),
		r.Marks, r.Entries, number01(r.Demo), now.row, now.tasks, now.people)
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

func keepTasks(ctx context.Context, tx ledger.Tx, c *listed, first bool) error {
	list := table{name: "case_task", columns: "thread, place, role, verb, hospital, person, what_en, what_zh, by_ms, kind, refs", key: []string{"place", "role"}}
	for i, t := range c.tasks {
		refs := make([]string, len(t.Refs))
		for k, h := range t.Refs {
			refs[k] = h.String()
		}
		for _, role := range t.Roles {
			list.add(c.row.Thread[:], i, string(role), t.Verb, t.Hospital[:], ledger.Indexed(string(t.Person)), t.What.En, t.What.Zh, byMilli(t.By), t.Kind, strings.Join(refs, " "))
		}
	}
	return list.replace(ctx, tx, c.row.Thread, first)
}

func keepPeople(ctx context.Context, tx ledger.Tx, c *listed, first bool) error {
	list := table{name: "case_person", columns: "thread, hospital, person, relation", key: []string{"hospital", "person", "relation"}}
	for _, p := range c.people {
		for _, relation := range p.Relations {
			list.add(c.row.Thread[:], p.Hospital[:], ledger.Indexed(string(p.Person)), relation)
		}
	}
	return list.replace(ctx, tx, c.row.Thread, first)
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
