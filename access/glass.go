package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people/security"
)

// GlassStaysOpen is how long emergency access to a case lasts, where the door says nothing else.
const GlassStaysOpen = 4 * time.Hour

// Outcome is what the review of an emergency access came to.
type Outcome string

// The outcomes.
const (
	Unreviewed  Outcome = ""
	Justified   Outcome = "justified"
	Unjustified Outcome = "unjustified"
)

// Glass is one emergency access: somebody without a part in a case opened it for a reason.
type Glass struct {
	ID       string
	Person   ledger.PersonID
	Thread   ledger.ThreadID
	Reason   string
	Origin   string
	Created  time.Time
	Expires  time.Time
	Reviewer ledger.PersonID
	Reviewed time.Time // zero: not yet
	Outcome  Outcome
	Note     string
}

// OpenAt tells whether the access lasts at a time.
func (g Glass) OpenAt(at time.Time) bool { return !at.Before(g.Created) && at.Before(g.Expires) }

var (
	// ErrNoReason says that emergency access needs a reason in words.
	ErrNoReason = errors.New("emergency access needs a reason")
	// ErrNoGlass says that there is no such emergency access, or that it was reviewed already.
	ErrNoGlass = errors.New("no such emergency access waits for review")
)

// BreakGlass opens a case to somebody who has no part in it, for some hours. Who answers for it is told once it is certain ([Door.Broken]).
func (d *Door) BreakGlass(ctx context.Context, who Who, thread ledger.ThreadID, reason string) (Glass, error) {
	reason = strings.TrimSpace(reason)
	if len([]rune(reason)) < 5 {
		return Glass{}, ErrNoReason
	}
	now := d.Now()
	stays := d.GlassStays
	if stays <= 0 {
		stays = GlassStaysOpen
	}
	g := Glass{ID: string(ledger.NewPersonID()), Person: who.Person, Thread: thread, Reason: reason, Origin: who.Origin,
		Created: now.Truncate(time.Millisecond), Expires: now.Add(stays).Truncate(time.Millisecond)}
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := d.Book.Log(ctx, tx, thread)
		if err != nil {
			return err
		}
		if err := Need(who, Break, What{Of: d.Threads[l.Kind], Thread: thread}); err != nil {
			return err
		}
		if err := g.keep(ctx, tx); err != nil {
			return err
		}
		if d.Broken != nil {
			d.DB.OnCommit(ctx, func() { d.Broken(g) })
		}
		if err := noteSecurity(ctx, tx, now, security.GlassBroken, who, g.Person, thread.String()); err != nil {
			return err
		}
		return Record(ctx, tx, Seen{At: now, Thread: thread, Person: who.Person, Action: Break, Why: "case-break-glass", Origin: who.Origin})
	})
	return g, err
}

func (g Glass) keep(ctx context.Context, tx ledger.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO break_glass (id, person, thread, reason, origin, created_ms, expires_ms, reviewer, reviewed_ms, outcome, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, '', '')`,
		g.ID, string(g.Person), g.Thread.String(), g.Reason, g.Origin, g.Created.UnixMilli(), g.Expires.UnixMilli())
	if err != nil {
		return fmt.Errorf("recording emergency access: %w", err)
	}
	return nil
}

// Review says whether an emergency access was justified. One that was not ends at once. Nobody reviews their own.
func (d *Door) Review(ctx context.Context, who Who, id string, outcome Outcome, note string) error {
	if outcome != Justified && outcome != Unjustified {
		return fmt.Errorf("reviewing emergency access: the outcome is justified or unjustified, not %q", outcome)
	}
	if err := Need(who, ReviewBreak, Node); err != nil {
		return err
	}
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		g, err := glassByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if g.Person == who.Person {
			return &Denial{ReviewBreak, denied(ReviewBreak).Reason}
		}
		if g.Outcome != Unreviewed {
			return ErrNoGlass
		}
		now, expires := d.Now(), g.Expires
		if outcome == Unjustified && now.Before(expires) {
			expires = now
		}
		_, err = tx.ExecContext(ctx, `UPDATE break_glass SET reviewer = $1, reviewed_ms = $2, outcome = $3, note = $4, expires_ms = $5
			WHERE id = $6 AND reviewed_ms = 0`, string(who.Person), now.UnixMilli(), string(outcome), note, expires.UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("reviewing emergency access: %w", err)
		}
		return noteSecurity(ctx, tx, now, security.GlassReviewed, who, g.Person, string(outcome)+" "+g.Thread.String())
	})
}

// noteSecurity writes into the security log what somebody did at the door.
func noteSecurity(ctx context.Context, tx ledger.Tx, now time.Time, event security.Event, who Who, about ledger.PersonID, detail string) error {
	return security.Write(ctx, tx, security.Row{At: now, Event: event, By: who.Person, About: about, Detail: detail, Origin: who.Origin})
}

// ToReview lists every emergency access that nobody has reviewed yet, the oldest first. It stands on the page of who reviews.
func ToReview(ctx context.Context, tx ledger.Tx) ([]Glass, error) {
	return glasses(ctx, tx, `reviewed_ms = 0 ORDER BY created_ms, id`)
}

// GlassOf lists every emergency access to a thread, the newest first.
func GlassOf(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) ([]Glass, error) {
	return glasses(ctx, tx, `thread = $1 ORDER BY created_ms DESC, id`, thread.String())
}

func glassByID(ctx context.Context, tx ledger.Tx, id string) (Glass, error) {
	list, err := glasses(ctx, tx, `id = $1`, id)
	if err == nil && len(list) == 0 {
		err = ErrNoGlass
	}
	if err != nil {
		return Glass{}, err
	}
	return list[0], nil
}

// openGlass tells whether a person has emergency access to a thread at a time.
func openGlass(ctx context.Context, tx ledger.Tx, person ledger.PersonID, thread ledger.ThreadID, at time.Time) (bool, error) {
	var one int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM break_glass WHERE person = $1 AND thread = $2 AND created_ms <= $3 AND expires_ms > $3 LIMIT 1`,
		string(person), thread.String(), at.UnixMilli()).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for emergency access: %w", err)
	}
	return true, nil
}

func glasses(ctx context.Context, tx ledger.Tx, where string, args ...any) ([]Glass, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, person, thread, reason, origin, created_ms, expires_ms, reviewer, reviewed_ms, outcome, note
		FROM break_glass WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("listing emergency access: %w", err)
	}
	defer rows.Close()
	var list []Glass
	for rows.Next() {
		var g Glass
		var person, thread, reviewer, outcome string
		var created, expires, reviewed int64
		err := rows.Scan(&g.ID, &person, &thread, &g.Reason, &g.Origin, &created, &expires, &reviewer, &reviewed, &outcome, &g.Note)
		if err != nil {
			return nil, fmt.Errorf("listing emergency access: %w", err)
		}
		if g.Thread, err = ledger.ParseThreadID(thread); err != nil {
			return nil, fmt.Errorf("emergency access %s: %w", g.ID, err)
		}
		g.Person, g.Reviewer, g.Outcome = ledger.PersonID(person), ledger.PersonID(reviewer), Outcome(outcome)
		g.Created, g.Expires = time.UnixMilli(created), time.UnixMilli(expires)
		if reviewed > 0 {
			g.Reviewed = time.UnixMilli(reviewed)
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// Name is what people call the outcome.
func (o Outcome) Name() lang.Text {
	if o == Unreviewed {
		return lang.Phrase("access.outcome.none", nil)
	}
	return lang.Named("access.outcome", string(o))
}
