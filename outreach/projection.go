package outreach

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/ledger"
	"consilium/record"
)

// Projection keeps visits in tables. There are no others: a visit is nothing but its entries.
func Projection() ledger.Projection {
	return ledger.Projection{Name: "visit", Version: 3, Threads: []string{Thread}, Tables: tables, Schema: schema, Fold: project}
}

var tables = []string{"visit_row", "visit_member", "visit_case", "visit_privilege", "visit_session"}

const schema = `
CREATE TABLE visit_row (
    thread        TEXT NOT NULL PRIMARY KEY,
    state         TEXT NOT NULL,
    host          TEXT NOT NULL,
    guest         TEXT NOT NULL,     -- '' before the invitation
    purpose       TEXT NOT NULL,
    skill         TEXT NOT NULL,
    from_ms       INTEGER NOT NULL,  -- 0: no invitation yet
    until_ms      INTEGER NOT NULL,
    report_due_ms INTEGER NOT NULL,
    reported      INTEGER NOT NULL,  -- 1: the guest has reported
    next          TEXT NOT NULL      -- tasks as JSON
) STRICT;
CREATE INDEX visit_row_by_date ON visit_row (from_ms, thread);
CREATE TABLE visit_member (
    thread   TEXT NOT NULL,
    hospital TEXT NOT NULL,
    person   TEXT NOT NULL,
    part     TEXT NOT NULL,
    PRIMARY KEY (thread, hospital, person)
) STRICT;
CREATE TABLE visit_case (
    thread TEXT NOT NULL,
    case_thread TEXT NOT NULL,
    named_by    TEXT NOT NULL,       -- the hospital whose session names it; '': the invitation does
    PRIMARY KEY (case_thread, thread, named_by)
) STRICT;
CREATE INDEX visit_case_by_thread ON visit_case (thread);
CREATE TABLE visit_privilege (
    entry    TEXT NOT NULL PRIMARY KEY,
    thread   TEXT NOT NULL,
    host     TEXT NOT NULL,
    hospital TEXT NOT NULL,     -- of the person
    person   TEXT NOT NULL,
    from_ms  INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,  -- not included
    says     TEXT NOT NULL      -- as JSON, corrections taken into account
) STRICT;
CREATE INDEX visit_privilege_by_person ON visit_privilege (hospital, person, from_ms);
CREATE INDEX visit_privilege_by_thread ON visit_privilege (thread);
CREATE TABLE visit_session (
    entry   TEXT NOT NULL PRIMARY KEY,
    thread  TEXT NOT NULL,
    what    TEXT NOT NULL,
    date    TEXT NOT NULL,
    date_ms INTEGER NOT NULL,
    says    TEXT NOT NULL       -- as JSON
) STRICT;
CREATE INDEX visit_session_by_date ON visit_session (date_ms, entry);
CREATE INDEX visit_session_by_thread ON visit_session (thread);
`

func project(ctx context.Context, tx ledger.Tx, l ledger.Log) error {
	v := Fold(l)
	id := l.Thread.String()
	for _, table := range tables {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE thread = $1`, id); err != nil {
			return fmt.Errorf("clearing %s: %w", table, err)
		}
	}
	w := writer{ctx: ctx, tx: tx}
	row := RowOf(v)
	next, err := json.Marshal(row.Next)
	if err != nil {
		return fmt.Errorf("writing what is next: %w", err)
	}
	w.write(`INSERT INTO visit_row (thread, state, host, guest, purpose, skill, from_ms, until_ms, report_due_ms, reported, next)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, id, string(row.State), hospitalText(v.Host), hospitalText(v.Guest), row.Purpose,
		row.Skill, milli(row.From), milli(row.Until), milli(row.ReportDue), flag(row.Reported), string(next))
	for _, m := range v.Team {
		w.write(`INSERT INTO visit_member (thread, hospital, person, part) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			id, m.Hospital.String(), ledger.Indexed(string(m.Person)), m.Part)
	}
	name := func(c ledger.ThreadID, by string) {
		w.write(`INSERT INTO visit_case (thread, case_thread, named_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, c.String(), by)
	}
	if v.Proposal != nil {
		for _, c := range v.Proposal.Says.Cases {
			name(c.Case, "")
		}
	}
	for _, s := range v.Sessions {
		for _, c := range s.Says.Cases {
			name(c, s.By.Hospital.String())
		}
	}
	for _, g := range v.Grants {
		if !g.Void {
			w.write(`INSERT INTO visit_privilege (entry, thread, host, hospital, person, from_ms, until_ms, says) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
				g.Hash.String(), id, v.Host.String(), g.Says.Hospital.String(), ledger.Indexed(string(g.Says.Person)), milli(g.From), milli(g.Until), w.json(g.Says))
		}
	}
	for _, s := range v.Sessions {
		w.write(`INSERT INTO visit_session (entry, thread, what, date, date_ms, says) VALUES ($1, $2, $3, $4, $5, $6)`,
			s.Hash.String(), id, s.Says.What, s.Says.Date, milli(dayOf(s.Says.Date)), w.json(s.Says))
	}
	return w.err
}

// writer runs statements until one fails.
type writer struct {
	ctx context.Context
	tx  ledger.Tx
	err error
}

func (w *writer) write(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(w.ctx, query, args...)
	}
}

func (w *writer) json(v any) string {
	raw, err := json.Marshal(v)
	if w.err == nil {
		w.err = err
	}
	return string(raw)
}

func hospitalText(h ledger.HospitalID) string {
	if h.IsZero() {
		return ""
	}
	return h.String()
}

func hospitalOf(text string) (ledger.HospitalID, error) {
	if text == "" {
		return ledger.HospitalID{}, nil
	}
	return ledger.ParseHospitalID(text)
}

func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Row is a visit in a list.
type Row struct {
	Thread    ledger.ThreadID
	State     State
	Host      ledger.HospitalID
	Guest     ledger.HospitalID
	Purpose   string
	Skill     string
	From      time.Time
	Until     time.Time // not included
	ReportDue time.Time
	Reported  bool
	Next      []record.Task
}

// RowOf is a visit as lists show it.
func RowOf(v *Visit) Row {
	r := Row{Thread: v.Thread, State: v.State, Host: v.Host, Guest: v.Guest, From: v.From(), Until: v.Until(), ReportDue: v.ReportDue(),
		Reported: v.ReportOf(v.Guest) != nil, Next: v.Next()}
	if v.Proposal != nil {
		r.Purpose, r.Skill = v.Proposal.Says.Purpose, v.Proposal.Says.Skill
	}
	return r
}

// Filter narrows a list of visits. The zero Filter takes all.
type Filter struct {
	From   time.Time // visits that end after it
	Until  time.Time // visits that begin before it
	States []State
	Case   ledger.ThreadID // visits for this case
	Limit  int             // 0: 200
}

// List lists visits in the order of their dates; those without an invitation come first. Of more than the limit it gives the latest: a hospital with years of
// visits behind it still sees the next one.
func List(ctx context.Context, tx ledger.Tx, f Filter) ([]Row, error) {
	var where []string
	var args []any
	add := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	if !f.From.IsZero() {
		add(`(until_ms = 0 OR until_ms > $%d)`, milli(f.From))
	}
	if !f.Until.IsZero() {
		add(`from_ms < $%d`, milli(f.Until))
	}
	if !f.Case.IsZero() {
		add(`thread IN (SELECT thread FROM visit_case WHERE case_thread = $%d)`, f.Case.String())
	}
	if len(f.States) > 0 {
		var places []string
		for _, s := range f.States {
			args = append(args, string(s))
			places = append(places, fmt.Sprintf("$%d", len(args)))
		}
		where = append(where, `state IN (`+strings.Join(places, ", ")+`)`)
	}
	query := `SELECT thread, state, host, guest, purpose, skill, from_ms, until_ms, report_due_ms, reported, next FROM visit_row`
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, ` AND `)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 200
	}
	args = append(args, limit)
	list, err := rows(ctx, tx, query+fmt.Sprintf(` ORDER BY from_ms DESC, thread DESC LIMIT $%d`, len(args)), args...)
	slices.Reverse(list)
	return list, err
}

func rows(ctx context.Context, tx ledger.Tx, query string, args ...any) ([]Row, error) {
	found, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing visits: %w", err)
	}
	defer found.Close()
	var list []Row
	for found.Next() {
		var r Row
		var thread, state, host, guest, next string
		var from, until, due int64
		var reported int
		if err := found.Scan(&thread, &state, &host, &guest, &r.Purpose, &r.Skill, &from, &until, &due, &reported, &next); err != nil {
			return nil, fmt.Errorf("listing visits: %w", err)
		}
		if r.Thread, err = ledger.ParseThreadID(thread); err != nil {
			return nil, fmt.Errorf("listing visits: %w", err)
		}
		if r.Host, err = hospitalOf(host); err != nil {
			return nil, fmt.Errorf("listing visits: %w", err)
		}
		if r.Guest, err = hospitalOf(guest); err != nil {
			return nil, fmt.Errorf("listing visits: %w", err)
		}
		if err := json.Unmarshal([]byte(next), &r.Next); err != nil {
			return nil, fmt.Errorf("listing visits: what is next: %w", err)
		}
		r.State, r.From, r.Until, r.ReportDue, r.Reported = State(state), fromMilli(from), fromMilli(until), fromMilli(due), reported == 1
		list = append(list, r)
	}
	return list, found.Err()
}

// SessionRow is a session in a calendar.
type SessionRow struct {
	Thread ledger.ThreadID
	Entry  ledger.Hash
	Session
}

// Sessions lists what teams do between two times, in order.
func Sessions(ctx context.Context, tx ledger.Tx, from, until time.Time) ([]SessionRow, error) {
	found, err := tx.QueryContext(ctx, `SELECT thread, entry, says FROM visit_session WHERE date_ms >= $1 AND date_ms < $2 ORDER BY date_ms, entry`,
		milli(from), milli(until))
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	defer found.Close()
	var list []SessionRow
	for found.Next() {
		var s SessionRow
		var thread, entry, says string
		if err := found.Scan(&thread, &entry, &says); err != nil {
			return nil, fmt.Errorf("listing sessions: %w", err)
		}
		if err := scanned(thread, &s.Thread, entry, &s.Entry, says, &s.Session); err != nil {
			return nil, fmt.Errorf("listing sessions: %w", err)
		}
		list = append(list, s)
	}
	return list, found.Err()
}

func scanned(thread string, id *ledger.ThreadID, entry string, hash *ledger.Hash, says string, to any) (err error) {
	if *id, err = ledger.ParseThreadID(thread); err != nil {
		return err
	}
	if *hash, err = ledger.ParseHash(entry); err != nil {
		return err
	}
	return json.Unmarshal([]byte(says), to)
}

// Privileges lists the temporary privileges of a person of a hospital that are in force at a time, at any host; each is by its host.
func Privileges(ctx context.Context, tx ledger.Tx, person ledger.PersonID, hospital ledger.HospitalID, at time.Time) ([]Grant, error) {
	found, err := tx.QueryContext(ctx, `SELECT thread, entry, host, from_ms, until_ms, says FROM visit_privilege
		WHERE hospital = $1 AND person = $2 AND from_ms <= $3 AND until_ms > $3 ORDER BY from_ms, entry`,
		hospital.String(), string(person), at.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("listing temporary privileges: %w", err)
	}
	defer found.Close()
	var list []Grant
	for found.Next() {
		var g Grant
		var thread ledger.ThreadID
		var id, entry, host, says string
		var from, until int64
		if err := found.Scan(&id, &entry, &host, &from, &until, &says); err != nil {
			return nil, fmt.Errorf("listing temporary privileges: %w", err)
		}
		if err := scanned(id, &thread, entry, &g.Hash, says, &g.Says); err != nil {
			return nil, fmt.Errorf("listing temporary privileges: %w", err)
		}
		if g.By.Hospital, err = ledger.ParseHospitalID(host); err != nil {
			return nil, fmt.Errorf("listing temporary privileges: %w", err)
		}
		g.From, g.Until = fromMilli(from), fromMilli(until)
		list = append(list, g)
	}
	return list, found.Err()
}

// OperatorAllowed tells whether somebody of another hospital is allowed a part in an operation at this one: by a privilege in force, or by a
// recorded emergency.
func OperatorAllowed(ctx context.Context, tx ledger.Tx, o Operator) (Verdict, error) {
	grants, err := Privileges(ctx, tx, o.Person, o.Hospital, o.At)
	if err != nil {
		return Verdict{}, err
	}
	return o.Allowed(grants), nil
}

// relations tells how people of the hospital own stand to visits.
func relations(own ledger.HospitalID) record.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, who record.Reader) ([]string, error) {
		return inTeam(ctx, tx, `SELECT part, '' FROM visit_member WHERE thread = $1 AND hospital = $2 AND person = $3`, own, thread, who.Person)
	}
}

// CaseRelations tells how people of the hospital own stand to a case because of visits for it: whoever their own hospital named for the team of a
// visit that was accepted and is not closed yet, where the host of the visit takes part in the case itself. The case is one of the invitation, to which both agreed, or one that their own hospital
// named in a session: what the other one names opens nothing here.
func CaseRelations(own ledger.HospitalID) record.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, who record.Reader) ([]string, error) {
		return inTeam(ctx, tx, `SELECT m.part, r.host FROM visit_case c JOIN visit_member m ON m.thread = c.thread JOIN visit_row r ON r.thread = c.thread
			WHERE c.case_thread = $1 AND m.hospital = $2 AND m.person = $3 AND c.named_by IN ('', $2) AND r.state = 'accepted'`, own, thread, who.Person)
	}
}

func inTeam(ctx context.Context, tx ledger.Tx, query string, own ledger.HospitalID, thread ledger.ThreadID, person ledger.PersonID) ([]string, error) {
	parts, err := partsByHost(ctx, tx, query, thread.String(), own.String(), string(person))
	if err != nil {
		return nil, fmt.Errorf("asking for the team: %w", err)
	}
	var list []string
	for _, p := range parts {
		if p.host != "" {
			if in, err := takesPart(ctx, tx, p.host, thread); err != nil || !in {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		list = append(list, "team")
		if p.part == "lead" || p.part == "operate" {
			list = append(list, "operator")
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

type partByHost struct{ part, host string }

func partsByHost(ctx context.Context, tx ledger.Tx, query string, args ...any) ([]partByHost, error) {
	found, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var list []partByHost
	for found.Next() {
		var p partByHost
		if err := found.Scan(&p.part, &p.host); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, found.Err()
}

func takesPart(ctx context.Context, tx ledger.Tx, host string, thread ledger.ThreadID) (bool, error) {
	id, err := ledger.ParseHospitalID(host)
	if err != nil {
		return false, fmt.Errorf("asking who takes part in the case: %w", err)
	}
	var n int
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM thread_member WHERE hospital = $1 AND thread = $2 AND state IN ('invited', 'joined')`,
		id[:], thread[:]).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("asking who takes part in the case: %w", err)
	}
	return n > 0, nil
}
