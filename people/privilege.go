package people

import (
	"context"
	"fmt"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// Part is what somebody may do in an operation. Each includes those before it.
type Part string

// The parts.
const (
	Advise  Part = "advise"
	Assist  Part = "assist"
	Operate Part = "operate"
)

// Parts lists every part, the least first.
var Parts = []Part{Advise, Assist, Operate}

// Name is what people call the part.
func (p Part) Name() lang.Text { return lang.Named("people.part", string(p)) }

// reach is how far a part goes; 0 for none that we know.
func (p Part) reach() int {
	for i, known := range Parts {
		if p == known {
			return i + 1
		}
	}
	return 0
}

// Privilege says that this hospital lets a person do one procedure, in one part, for some time. A temporary one is
// given under a visit and closes by itself.
type Privilege struct {
	ID        string
	Person    ledger.PersonID
	Procedure string // code of the procedure, as in the pathway pack
	Level     int    // surgical level 1 to 4
	Part      Part
	From      time.Time
	Until     time.Time // not included; zero: lasting
	GrantedBy ledger.PersonID
	Visit     string // thread of the visit, or ""
	Created   time.Time
	Ended     time.Time // zero: not ended early
	EndedBy   ledger.PersonID
	EndReason string
}

// HoldsAt says whether the privilege is in force at a time, which may lie in the past.
func (p Privilege) HoldsAt(at time.Time) bool {
	return !at.Before(p.From) && (p.Until.IsZero() || at.Before(p.Until)) && (p.Ended.IsZero() || at.Before(p.Ended))
}

// Privileges are those of one person.
type Privileges []Privilege

// Lack is what somebody lacks to take a part in a procedure.
type Lack string

// What may be lacking, the least first: the privilege is for a lower surgical level, it does not hold at that time, there is none.
const (
	Nothing   Lack = ""
	LacksRank Lack = "level"
	LacksTime Lack = "over"
	LacksAll  Lack = "none"
)

// Lacking tells what the person lacks to take a part at a time in a procedure of a surgical level. Of the privileges for it the one that lacks least counts. Without
// a procedure, any that the person holds does.
func (ps Privileges) Lacking(at time.Time, procedure string, level int, part Part) Lack {
	lack := LacksAll
	for _, p := range ps {
		switch {
		case procedure != "" && p.Procedure != procedure || p.Part.reach() < part.reach() || part.reach() == 0:
		case !p.HoldsAt(at):
			if lack == LacksAll {
				lack = LacksTime
			}
		case p.Level < level:
			lack = LacksRank
		default:
			return Nothing
		}
	}
	return lack
}

// HoldsPrivilege says whether one of them lets the person take this part in the procedure at that time. Who may
// operate may assist, and who may assist may advise.
func (ps Privileges) HoldsPrivilege(at time.Time, procedure string, part Part) bool {
	if part.reach() == 0 {
		return false
	}
	for _, p := range ps {
		if p.Procedure == procedure && p.Part.reach() >= part.reach() && p.HoldsAt(at) {
			return true
		}
	}
	return false
}

// Grant gives a privilege. ID and Created are set here; From is now if it is not given.
func Grant(ctx context.Context, tx ledger.Tx, now time.Time, p Privilege) (Privilege, error) {
	p.ID, p.Created, p.Ended, p.EndedBy, p.EndReason = newID(), milli(now), time.Time{}, "", ""
	if p.From.IsZero() {
		p.From = now
	}
	p.From, p.Until = milli(p.From), fromMilli(toMilli(p.Until))
	if err := checkPrivilege(p); err != nil {
		return Privilege{}, err
	}
	for _, id := range []ledger.PersonID{p.Person, p.GrantedBy} {
		if _, err := Get(ctx, tx, id); err != nil {
			return Privilege{}, err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO privilege (id, person, procedure, level, part, from_ms, until_ms, granted_by, visit,
		created_ms, ended_ms, ended_by, end_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', '')`,
		p.ID, string(p.Person), p.Procedure, p.Level, string(p.Part), p.From.UnixMilli(), toMilli(p.Until), string(p.GrantedBy), p.Visit, now.UnixMilli())
	if err != nil {
		return Privilege{}, fmt.Errorf("grant privilege: %w", err)
	}
	return p, changedPeople(ctx, tx, p.Person)
}

func checkPrivilege(p Privilege) error {
	switch {
	case p.Procedure == "" || len(p.Procedure) > 100 || !plain(p.Procedure):
		return invalid("procedure", "procedure", nil)
	case p.Level < 1 || p.Level > 4:
		return invalid("level", "level", nil)
	case p.Part.reach() == 0:
		return invalid("part", "part", nil)
	case !p.Until.IsZero() && !p.Until.After(p.From):
		return invalid("until", "until", nil)
	case p.Visit != "" && p.Until.IsZero():
		return invalid("until", "visit-until", nil)
	case p.Person == p.GrantedBy:
		return invalid("person", "own-privilege", nil)
	}
	return nil
}

// EndPrivilege ends a privilege before its time, from now on. It stays in the list. It returns ErrNotFound if there is none, or if
// it was ended already.
func EndPrivilege(ctx context.Context, tx ledger.Tx, now time.Time, id string, by ledger.PersonID, reason string) error {
	result, err := tx.ExecContext(ctx, `UPDATE privilege SET ended_ms = $1, ended_by = $2, end_reason = $3 WHERE id = $4 AND ended_ms = 0`,
		now.UnixMilli(), string(by), oneLine(reason, 500), id)
	if err != nil {
		return fmt.Errorf("end privilege: %w", err)
	}
	if !changed(result) {
		return fmt.Errorf("end privilege: %w", ErrNotFound)
	}
	whose, err := ids(tx.QueryContext(ctx, `SELECT person FROM privilege WHERE id = $1`, id))
	if err != nil {
		return err
	}
	return changedPeople(ctx, tx, whose...)
}

// PrivilegesOf returns every privilege that a person has or had here, the newest first.
func PrivilegesOf(ctx context.Context, tx ledger.Tx, person ledger.PersonID) (Privileges, error) {
	return privileges(ctx, tx, `person = $1`, string(person))
}

func privileges(ctx context.Context, tx ledger.Tx, where string, arg string) (Privileges, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, person, procedure, level, part, from_ms, until_ms, granted_by, visit, created_ms,
		ended_ms, ended_by, end_reason FROM privilege WHERE `+where+` ORDER BY created_ms DESC, id`, arg)
	if err != nil {
		return nil, fmt.Errorf("list privileges: %w", err)
	}
	defer rows.Close()
	var found Privileges
	for rows.Next() {
		var p Privilege
		var person, part, by, endedBy string
		var from, until, created, ended int64
		if err := rows.Scan(&p.ID, &person, &p.Procedure, &p.Level, &part, &from, &until, &by, &p.Visit, &created, &ended, &endedBy, &p.EndReason); err != nil {
			return nil, fmt.Errorf("list privileges: %w", err)
		}
		p.Person, p.Part, p.GrantedBy, p.EndedBy = ledger.PersonID(person), Part(part), ledger.PersonID(by), ledger.PersonID(endedBy)
		p.From, p.Until, p.Created, p.Ended = fromMilli(from), fromMilli(until), fromMilli(created), fromMilli(ended)
		found = append(found, p)
	}
	return found, rows.Err()
}
